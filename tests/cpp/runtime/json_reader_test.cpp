#include "runtime/json_reader.h"

#include <doctest/doctest.h>

using namespace tidegate;

namespace {

std::string text_of(std::string_view json) {
  JsonReader reader(json);
  std::string value;
  return reader.string(&value) && reader.end() ? value : "fault";
}

double number_of(std::string_view json) {
  JsonReader reader(json);
  double value = 0;
  return reader.number(&value) && reader.end() ? value : -1234;
}

bool is_whole(std::string_view json) {
  JsonReader reader(json);
  std::uint64_t value = 0;
  return reader.integer(&value) && reader.end();
}

}  // namespace

TEST_CASE("strings: escapes, pairs, UTF-8; whatever is none of it is a fault") {
  CHECK(text_of(R"( "a\"\\\/\n\u00e9\ud83d\ude00" )") == "a\"\\/\n\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(text_of("\"\xE2\x82\xAC\"") == "\xE2\x82\xAC");
  for (const char* wrong : {"\"a", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
                            "\"\\udc00\"", "\"\n\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"",
                            "\"\xF5\x80\x80\x80\"", "\"\xE2\x82\"", "\"\\", "a", ""}) {
    CAPTURE(wrong);
    CHECK(text_of(wrong) == "fault");
  }
}

TEST_CASE("numbers") {
  CHECK(number_of("-0.5") == -0.5);
  CHECK(number_of("1e-3") == 1e-3);
  CHECK(number_of("0.30000001192092896") == doctest::Approx(0.30000001192092896).epsilon(1e-15));
  CHECK(static_cast<float>(number_of("3.4028234663852886e+38")) == 3.4028234663852886e+38F);
  CHECK(number_of("1e-400") == 0);
  for (const char* wrong : {"", "-", "01", "1.", ".5", "1e", "1e999", "nan", "0x1", "1 2", "+1"}) {
    CAPTURE(wrong);
    CHECK(number_of(wrong) == -1234);
  }
  CHECK(is_whole("9007199254740992"));
  for (const char* wrong : {"9007199254740993", "18446744073709551617", "-1", "1.0", "1e2", "00"}) {
    CAPTURE(wrong);
    CHECK(!is_whole(wrong));
  }
}

TEST_CASE("lists end, are not too deep, and stop at the first fault") {
  const auto depth = [](std::string_view json) {
    JsonReader reader(json);
    struct Walk {
      JsonReader& reader;
      bool operator()() const { return reader.array(*this); }
    };
    return Walk{reader}() && reader.end();
  };
  CHECK(depth("[[],[[]], [ ]]"));
  CHECK(depth("[[[[[[[[]]]]]]]]"));
  CHECK(!depth("[[[[[[[[[]]]]]]]]]"));
  for (const char* wrong : {"[", "[,]", "[[],]", "[[]", "[] x", "[}", ""}) {
    CAPTURE(wrong);
    CHECK(!depth(wrong));
  }
}
