#include "runtime/tensor_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/json_reader.h"

namespace tidegate {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLongestHeader = std::size_t{16} << 20;
constexpr std::size_t kMostTensors = 16384;  // what is kept of one is larger than its text

struct TypeName {
  const char* name;
  TensorType type;
  std::size_t bytes;
};
constexpr TypeName kTypes[] = {{"F32", TensorType::f32, 4},
                               {"F16", TensorType::f16, 2},
                               {"BF16", TensorType::bf16, 2},
                               {"I8", TensorType::i8, 1},
                               {"I32", TensorType::i32, 4}};

class HeaderReader {
 public:
  HeaderReader(std::string_view header, std::size_t body, TensorFile* file)
      : json_(header), header_(header), body_(body), file_(*file) {}

  std::string run() {
    const bool good = json_.object([&](const std::string& name) {
      return name == "__metadata__" ? metadata() : tensor(name);
    });
    if (!good || !json_.end()) return json_.fault();
    return names_and_cover();
  }

 private:
  // False if the name was there before.
  bool once(std::uint32_t* seen, int which) {
    if ((*seen >> which & 1) != 0) return json_.fail("a name occurs twice");
    *seen |= 1U << which;
    return true;
  }

  bool metadata() {
    if (!once(&seen_, 0)) return false;
    std::uint32_t seen = 0;
    return json_.object([&](const std::string& key) {
      if (key == "sha256") {
        std::string digits;
        if (!once(&seen, 0) || !json_.string(&digits)) return false;
        file_.checksum =
            header_.substr(json_.string_begin(), json_.string_end() - json_.string_begin());
        return true;
      }
      struct Known {
        std::string_view name;
        std::string TensorFile::*to;
      };
      constexpr Known kKnown[] = {{"format", &TensorFile::format},
                                  {"version", &TensorFile::version},
                                  {"graph", &TensorFile::graph},
                                  {"pair_steps", &TensorFile::steps}};
      int which = 1;
      for (const Known& known : kKnown) {
        if (key == known.name) return once(&seen, which) && json_.string(&(file_.*known.to));
        ++which;
      }
      return json_.fail("__metadata__ has an entry that is not known");
    });
  }

  bool tensor(const std::string& name) {
    Tensor t{};
    t.name = name;
    std::uint32_t seen = 0;
    std::size_t value_bytes = 0;
    const bool good = json_.object([&](const std::string& key) {
      if (key == "dtype") return once(&seen, 0) && type(&t, &value_bytes);
      if (key == "shape") return once(&seen, 1) && shape(&t);
      if (key == "data_offsets") return once(&seen, 2) && offsets(&t);
      return json_.fail("a tensor has an entry that is not known");
    });
    if (!good) return false;
    if (seen != 7) return json_.fail("a tensor must have dtype, shape and data_offsets");
    std::uint64_t bytes = value_bytes;
    for (int i = 0; i < t.rank; ++i) {
      if (__builtin_mul_overflow(bytes, t.shape[i], &bytes)) {
        return json_.fail("a tensor is too large");
      }
    }
    if (t.end - t.begin != bytes) return json_.fail("shape and dtype must fit data_offsets");
    if (file_.tensors.size() == kMostTensors) return json_.fail("there are too many tensors");
    file_.tensors.push_back(std::move(t));
    return true;
  }

  bool type(Tensor* t, std::size_t* value_bytes) {
    std::string name;
    if (!json_.string(&name)) return false;
    for (const TypeName& known : kTypes) {
      if (name != known.name) continue;
      t->type = known.type;
      *value_bytes = known.bytes;
      return true;
    }
    return json_.fail("dtype must be one of F32, F16, BF16, I8, I32");
  }

  bool shape(Tensor* t) {
    return json_.array([&] {
      if (t->rank == 4) return json_.fail("a tensor has at most 4 axes");
      return json_.integer(&t->shape[t->rank++]);
    });
  }

  bool offsets(Tensor* t) {
    constexpr const char* kTwo = "data_offsets must be two numbers";
    std::uint64_t at[2] = {};
    std::size_t count = 0;
    const bool good =
        json_.array([&] { return (count < 2 || json_.fail(kTwo)) && json_.integer(&at[count++]); });
    if (!good || count != 2) return json_.fail(kTwo);
    if (at[0] > at[1] || at[1] > body_) return json_.fail("data_offsets must lie within the file");
    t->begin = static_cast<std::size_t>(at[0]);
    t->end = static_cast<std::size_t>(at[1]);
    return true;
  }

  // Each name once; tensors follow one another without hole or overlap to the end of the file.
  std::string names_and_cover() {
    std::vector<Tensor>& all = file_.tensors;
    std::sort(all.begin(), all.end(),
              [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
    std::vector<std::pair<std::size_t, std::size_t>> spans;
    spans.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0 && all[i].name == all[i - 1].name) return "a name occurs twice";
      spans.emplace_back(all[i].begin, all[i].end);
    }
    std::sort(spans.begin(), spans.end());
    std::size_t position = 0;
    for (const auto& [begin, end] : spans) {
      if (begin != position) return "tensors must cover the file exactly once";
      position = end;
    }
    return position == body_ ? "" : "tensors must cover the file exactly once";
  }

  JsonReader json_;
  std::string_view header_;
  std::size_t body_;
  TensorFile& file_;
  std::uint32_t seen_ = 0;
};

}  // namespace

const char* type_name(TensorType type) { return kTypes[static_cast<int>(type)].name; }

bool Tensor::is(TensorType wanted, const std::vector<std::uint64_t>& sizes) const {
  return type == wanted && static_cast<std::size_t>(rank) == sizes.size() &&
         std::equal(sizes.begin(), sizes.end(), shape);
}

const void* Tensor::values(std::size_t alignment, Block* copy) const {
  if (reinterpret_cast<std::uintptr_t>(data) % alignment == 0) return data;
  *copy = Block(end - begin);
  if (*copy) std::memcpy(copy->data(), data, copy->bytes());
  return copy->data();
}

const Tensor* TensorFile::find(std::string_view name) const {
  const auto found =
      std::lower_bound(tensors.begin(), tensors.end(), name,
                       [](const Tensor& t, std::string_view wanted) { return t.name < wanted; });
  return found != tensors.end() && found->name == name ? &*found : nullptr;
}

std::string read_tensor_file(const std::byte* data, std::size_t size, TensorFile* file) {
  if (size < kLengthBytes) return "a file must have at least 8 bytes";
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= std::uint64_t{static_cast<std::uint8_t>(data[i])} << (8 * i);
  }
  if (length > kLongestHeader || length > size - kLengthBytes) {
    return "the header must end within the file and be at most 16 MiB";
  }
  const auto* text = reinterpret_cast<const char*>(data + kLengthBytes);
  const std::string_view header(text, static_cast<std::size_t>(length));
  const std::byte* body = data + kLengthBytes + header.size();
  std::string fault = HeaderReader(header, size - kLengthBytes - header.size(), file).run();
  for (Tensor& t : file->tensors) t.data = body + t.begin;
  return fault;
}

}  // namespace tidegate
