// A reader of JSON that trusts nothing: it walks through the text once, keeps no tree, and stops at
// the first fault. The caller says what it expects; anything else is a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // Every function returns false at a fault, from then on always.
  const char* fault() const { return fault_; }  // null if there is none
  bool fail(const char* why) {
    if (fault_ == nullptr) fault_ = why;
    return false;
  }

  // member(key) reads the value behind the key and returns whether it could.
  template <class Member>
  bool object(Member&& member);
  // item() reads one value.
  template <class Item>
  bool array(Item&& item);
  bool string(std::string* value);
  // A whole number from 0 to 2^53, without fraction or exponent.
  bool integer(std::uint64_t* value);
  // Rounded at most twice; exact up to 15 digits and 10^22.
  bool number(double* value);
  bool boolean(bool* value);
  // Nothing but white space is left.
  bool end();

  // Where the last string lies in the text, between its quotes.
  std::size_t string_begin() const { return string_begin_; }
  std::size_t string_end() const { return string_end_; }

 private:
  static constexpr int kDeepest = 8;

  char peek();
  bool take(char c);
  bool word(std::string_view expected);
  bool escape(std::string* value);
  bool unit(std::uint32_t* value);
  template <class Element>
  bool elements(char open, char close, Element&& element);

  std::string_view text_;
  std::size_t at_ = 0, string_begin_ = 0, string_end_ = 0;
  int depth_ = 0;
  const char* fault_ = nullptr;
};

template <class Element>
bool JsonReader::elements(char open, char close, Element&& element) {
  if (!take(open)) return fail("a list or an object is missing");
  if (++depth_ > kDeepest) return fail("it is nested too deeply");
  if (!take(close)) {
    do {
      if (!element()) return fail("an element cannot be read");
    } while (take(','));
    if (!take(close)) return fail("a list or an object does not end");
  }
  --depth_;
  return fault_ == nullptr;
}

template <class Member>
bool JsonReader::object(Member&& member) {
  std::string key;
  return elements('{', '}', [&] {
    key.clear();
    return string(&key) && (take(':') || fail("a colon is missing")) && member(key);
  });
}

template <class Item>
bool JsonReader::array(Item&& item) {
  return elements('[', ']', item);
}

}  // namespace tidegate
