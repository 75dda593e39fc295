/* What leaves a shared library. C99 and C++. */
#ifndef TIDEGATE_API_H
#define TIDEGATE_API_H

#if defined(__GNUC__)
#define TIDEGATE_API __attribute__((visibility("default")))
#else
#define TIDEGATE_API
#endif

#endif
