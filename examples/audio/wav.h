// WAV files of one channel and 16 bits per sample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct Sound {
  std::uint32_t rate = 0;      // samples per second
  std::vector<float> samples;  // from -1 to 1
};

// Each returns what is wrong with the file, or nothing.
std::string read_wav(const char* path, Sound* sound);
// Values beyond [-1, 1] are clipped, the others rounded to the nearest of 16 bits.
std::string write_wav(const char* path, const Sound& sound);
