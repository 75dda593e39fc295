#include "wav.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

namespace {

constexpr float kScale = 32768;
constexpr std::size_t kRiff = 12;    // "RIFF", size, "WAVE"
constexpr std::size_t kChunk = 8;    // name, size
constexpr std::size_t kFormat = 16;  // what this program needs of the chunk "fmt "

// WAV is little-endian on any machine.
std::uint32_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << 8 * i;
  }
  return value;
}

void append(std::string* bytes, std::uint32_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes->push_back(static_cast<char>(value >> 8 * i & 0xFF));
}

std::string parse(const std::string& bytes, Sound* sound) {
  if (bytes.size() < kRiff || bytes.compare(0, 4, "RIFF") != 0 ||
      bytes.compare(8, 4, "WAVE") != 0) {
    return "no WAV file";
  }
  std::size_t at = kRiff;
  while (bytes.size() - at >= kChunk) {
    const std::size_t size = number(bytes, at + 4, 4);
    const std::size_t begin = at + kChunk;
    if (size > bytes.size() - begin) return "a chunk ends behind the file";
    if (bytes.compare(at, 4, "fmt ") == 0) {
      if (size < kFormat) return "the chunk \"fmt \" is too short";
      if (number(bytes, begin, 2) != 1 || number(bytes, begin + 2, 2) != 1 ||
          number(bytes, begin + 14, 2) != 16) {
        return "samples must be PCM of 16 bits in one channel";
      }
      sound->rate = number(bytes, begin + 4, 4);
    } else if (bytes.compare(at, 4, "data") == 0) {
      if (sound->rate == 0) return "no format, or a rate of 0, before the samples";
      sound->samples.resize(size / 2);
      for (std::size_t i = 0; i < size / 2; ++i) {
        const auto sample = static_cast<std::int16_t>(number(bytes, begin + 2 * i, 2));
        sound->samples[i] = static_cast<float>(sample) / kScale;
      }
      return "";
    }
    at = std::min(begin + size + size % 2, bytes.size());  // chunks start at even places
  }
  return "no samples";
}

}  // namespace

std::string read_wav(const char* path, Sound* sound) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "cannot be opened";
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse(bytes, sound);
}

std::string write_wav(const char* path, const Sound& sound) {
  const auto size = static_cast<std::uint32_t>(2 * sound.samples.size());
  std::string bytes = "RIFF";
  append(&bytes, 36 + size, 4);
  bytes += "WAVEfmt ";
  append(&bytes, kFormat, 4);
  append(&bytes, 1, 2);  // PCM
  append(&bytes, 1, 2);  // channels
  append(&bytes, sound.rate, 4);
  append(&bytes, 2 * sound.rate, 4);  // bytes per second
  append(&bytes, 2, 2);               // bytes per sample
  append(&bytes, 16, 2);              // bits per sample
  bytes += "data";
  append(&bytes, size, 4);
  for (const float sample : sound.samples) {
    const float scaled = std::clamp(sample * kScale, -kScale, kScale - 1);
    append(&bytes, static_cast<std::uint32_t>(std::lrint(scaled)), 2);
  }
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? "" : "cannot be written";
}
