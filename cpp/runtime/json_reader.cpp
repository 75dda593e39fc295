#include "runtime/json_reader.h"

#include <algorithm>

namespace tidegate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::uint32_t code, std::string* to) {
  const auto byte = [&](std::uint32_t bits) { to->push_back(static_cast<char>(bits)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      byte(0xE0 | code >> 12);
    } else {
      byte(0xF0 | code >> 18);
      byte(0x80 | (code >> 12 & 0x3F));
    }
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

// Bytes of the UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  const std::size_t n = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (n > text.size()) return 0;
  for (std::size_t i = 1; i < n; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Too long for what they say, halves of a pair, beyond the last code point.
  if (first == 0xE0 && at(1) < 0xA0) return 0;
  if (first == 0xED && at(1) > 0x9F) return 0;
  if (first == 0xF0 && at(1) < 0x90) return 0;
  if (first == 0xF4 && at(1) > 0x8F) return 0;
  return n;
}

}  // namespace

char JsonReader::peek() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
    ++at_;
  }
  return at_ < text_.size() && fault_ == nullptr ? text_[at_] : '\0';
}

bool JsonReader::take(char c) {
  if (peek() != c) return false;
  ++at_;
  return true;
}

bool JsonReader::word(std::string_view expected) {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

bool JsonReader::string(std::string* value) {
  if (!take('"')) return fail("a string is missing");
  string_begin_ = at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      string_end_ = at_++;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
    if (c == '\\') {
      if (!escape(value)) return fail("an escape in a string is wrong");
      continue;
    }
    const std::size_t n = utf8_length(text_.substr(at_));
    if (n == 0) return fail("a string is not UTF-8");
    value->append(text_, at_, n);
    at_ += n;
  }
  return fail("a string does not end");
}

bool JsonReader::escape(std::string* value) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (++at_ >= text_.size()) return false;
  const std::size_t letter = kLetters.find(text_[at_]);
  if (letter != std::string_view::npos) {
    value->push_back(kMeanings[letter]);
    ++at_;
    return true;
  }
  std::uint32_t code = 0;
  if (!unit(&code)) return false;
  if (code >= 0xDC00 && code < 0xE000) return false;
  if (code >= 0xD800 && code < 0xDC00) {
    std::uint32_t low = 0;
    if (!word("\\") || !unit(&low) || low < 0xDC00 || low >= 0xE000) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code, value);
  return true;
}

// uXXXX
bool JsonReader::unit(std::uint32_t* value) {
  if (text_.size() - at_ < 5 || text_[at_] != 'u') return false;
  *value = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    const char c = text_[at_ + i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    *value = *value * 16 + static_cast<std::uint32_t>(digit);
  }
  at_ += 5;
  return true;
}

bool JsonReader::integer(std::uint64_t* value) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 53;
  if (!is_digit(peek())) return fail("a whole number is missing");
  const bool zero = text_[at_] == '0';
  const std::size_t first = at_;
  for (*value = 0; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
    *value = *value * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
    if (*value > kMost) return fail("a number is too large");
  }
  if (zero && at_ - first > 1) return fail("a number begins with 0");
  const char next = at_ < text_.size() ? text_[at_] : '\0';
  if (next == '.' || next == 'e' || next == 'E') return fail("a whole number is missing");
  return true;
}

bool JsonReader::number(double* value) {
  const bool negative = take('-');
  if (!is_digit(peek())) return fail("a number is missing");
  if (text_[at_] == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
    return fail("a number begins with 0");
  }
  double digits = 0;
  long exponent = 0;
  const auto read_digits = [&](long step) {
    const std::size_t first = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]) && at_ - first < 400; ++at_) {
      digits = digits * 10 + (text_[at_] - '0');
      exponent += step;
    }
    return at_ > first;
  };
  read_digits(0);
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (!read_digits(-1)) return fail("a number ends with a point");
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    const bool below = word("-");
    if (!below) word("+");
    long given = 0;
    const std::size_t first = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      given = std::min(given * 10 + (text_[at_] - '0'), 9999L);
    }
    if (at_ == first) return fail("an exponent is missing");
    exponent += below ? -given : given;
  }
  double power = 1;
  for (long i = std::min(std::max(exponent, -exponent), 400L); i > 0; --i) power *= 10;
  *value = exponent < 0 ? digits / power : digits * power;
  if (!(*value - *value == 0)) return fail("a number is too large");
  if (negative) *value = -*value;
  return true;
}

bool JsonReader::boolean(bool* value) {
  *value = peek() == 't';
  return word(*value ? "true" : "false") || fail("true or false is missing");
}

bool JsonReader::end() { return (peek() == '\0' && at_ == text_.size()) || fail("text follows"); }

}  // namespace tidegate
