#include "runtime/sha256.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace tidegate;

namespace {

std::string hex(Sha256& sum) {
  std::string digits;
  for (const std::uint8_t byte : sum.digest()) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

std::string hash(const std::string& text) {
  Sha256 sum;
  sum.add(text.data(), text.size());
  return hex(sum);
}

}  // namespace

TEST_CASE("the examples of FIPS 180-4") {
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces of any size give the hash of the whole") {
  const std::string text(300, 'x');
  for (std::size_t piece = 1; piece < 130; ++piece) {
    Sha256 sum;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      sum.add(text.data() + at, std::min(piece, text.size() - at));
    }
    CHECK(hex(sum) == hash(text));
  }
}
