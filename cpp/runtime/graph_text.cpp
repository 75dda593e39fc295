#include "runtime/graph_text.h"

#include <limits>
#include <utility>

#include "runtime/compact_weights.h"
#include "runtime/json_reader.h"
#include "runtime/op_names.h"

namespace tidegate {
namespace {

using Shape = std::vector<std::uint64_t>;

// No size of a model is larger; products of two stay within a long.
constexpr std::uint64_t kLargest = std::numeric_limits<std::int32_t>::max();

// What is kept of an operation or a position is larger than its text.
constexpr std::size_t kMostOperations = 4096;
constexpr std::size_t kMostPositions = 65536;

// The names of the tensors of one operation.
struct Arrays {
  std::string kernel, recurrent_kernel, bias, kernel_scale, recurrent_kernel_scale;
};

class GraphReader {
 public:
  GraphReader(std::string_view text, const TensorFile& file, GraphText* graph)
      : json_(text), file_(file), graph_(*graph), used_(file.tensors.size()) {}

  std::string run() {
    std::uint32_t seen = 0;
    const bool good = json_.object([&](const std::string& key) {
      if (key == "operations") return once(&seen, 0) && json_.array([&] { return operation(); });
      if (key == "outputs") return once(&seen, 1) && positions(&graph_.outputs);
      if (key == "weights") return once(&seen, 2) && named(kWeightNames, &graph_.weights);
      return json_.fail("an entry of the graph is not known");
    });
    if (!good || !json_.end()) return json_.fault();
    if (graph_.ops.empty()) return "there must be at least one operation";
    if (graph_.outputs.empty()) return "there must be at least one output";
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) {
      const std::string fault = attach(i);
      if (!fault.empty()) return "operation " + std::to_string(i) + ": " + fault;
    }
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i] && file_.tensors[i].name.rfind("pair.", 0) != 0) {
        return "no operation uses tensor '" + file_.tensors[i].name + "'";
      }
    }
    return "";
  }

 private:
  bool once(std::uint32_t* seen, int which) {
    if ((*seen >> which & 1) != 0) return json_.fail("a name occurs twice");
    *seen |= 1U << which;
    return true;
  }

  bool size(long* value) {
    std::uint64_t number = 0;
    if (!json_.integer(&number)) return false;
    if (number > kLargest) return json_.fail("a size is too large");
    *value = static_cast<long>(number);
    return true;
  }

  bool positions(std::vector<long>* to) {
    return json_.array([&] {
      long position = 0;
      if (!size(&position)) return false;
      if (++positions_ > kMostPositions) return json_.fail("there are too many positions");
      to->push_back(position);
      return true;
    });
  }

  bool real(float* value) {
    double number = 0;
    if (!json_.number(&number)) return false;
    *value = static_cast<float>(number);
    return number <= std::numeric_limits<float>::max() &&
           number >= std::numeric_limits<float>::lowest();
  }

  template <class Names, class Enum>
  bool named(const Names& names, Enum* value) {
    std::string word;
    return json_.string(&word) &&
           (find_name(names, word, value) || json_.fail("a kind is not known"));
  }

  bool operation() {
    OpSpec op;
    op.inputs = 0;
    Arrays arrays;
    std::string name;
    std::vector<long> reads;
    std::uint32_t seen = 0;
    const bool good = json_.object(
        [&](const std::string& key) { return field(key, &seen, &op, &name, &reads, &arrays); });
    if (!good) return false;
    if ((seen & 1) == 0) return json_.fail("an operation has no kind");
    if (graph_.ops.size() == kMostOperations) return json_.fail("there are too many operations");
    graph_.ops.push_back(op);
    graph_.names.push_back(std::move(name));
    graph_.reads.push_back(std::move(reads));
    arrays_.push_back(std::move(arrays));
    return true;
  }

  bool field(const std::string& key, std::uint32_t* seen, OpSpec* op, std::string* name,
             std::vector<long>* reads, Arrays* arrays) {
    int which = 0;
    const auto is = [&](const char* wanted) { return key == wanted || (++which, false); };
    if (is("kind")) return once(seen, which) && named(kOpNames, &op->kind);
    if (is("name")) return once(seen, which) && json_.string(name);
    if (is("reads")) return once(seen, which) && positions(reads);
    if (is("inputs")) return once(seen, which) && size(&op->inputs);
    if (is("outputs")) return once(seen, which) && size(&op->outputs);
    if (is("activation")) return once(seen, which) && named(kActivationNames, &op->activation);
    if (is("recurrent_activation")) {
      return once(seen, which) && named(kActivationNames, &op->recurrent_activation);
    }
    if (is("alpha")) return once(seen, which) && real(&op->alpha);
    if (is("epsilon")) return once(seen, which) && real(&op->epsilon);
    if (is("reset_after")) return once(seen, which) && json_.boolean(&op->reset_after);
    if (is("go_backwards")) return once(seen, which) && json_.boolean(&op->go_backwards);
    if (is("return_sequences")) return once(seen, which) && json_.boolean(&op->return_sequences);
    if (is("ids")) return once(seen, which) && json_.boolean(&op->ids);
    if (is("sequence")) return once(seen, which) && json_.boolean(&op->sequence);
    if (is("kernel_size")) return once(seen, which) && size(&op->kernel_size);
    if (is("strides")) return once(seen, which) && size(&op->strides);
    if (is("dilation")) return once(seen, which) && size(&op->dilation);
    if (is("groups")) return once(seen, which) && size(&op->groups);
    if (is("padding")) return once(seen, which) && named(kPaddingNames, &op->padding);
    constexpr std::pair<const char*, std::string Arrays::*> kArrays[] = {
        {"kernel", &Arrays::kernel},
        {"recurrent_kernel", &Arrays::recurrent_kernel},
        {"bias", &Arrays::bias},
        {"kernel_scale", &Arrays::kernel_scale},
        {"recurrent_kernel_scale", &Arrays::recurrent_kernel_scale}};
    for (const auto& [word, to] : kArrays) {
      if (is(word)) return once(seen, which) && json_.string(&(arrays->*to));
    }
    return json_.fail("an entry of an operation is not known");
  }

  // Points the operation at its name, its reads and its tensors.
  std::string attach(std::size_t i) {
    OpSpec& op = graph_.ops[i];
    op.name = graph_.names[i].c_str();
    op.reads = graph_.reads[i].data();
    op.read_count = graph_.reads[i].size();
    if (op.kernel_size < 1 || op.groups < 1 || op.dilation < 1 || op.strides < 1) {
      return "sizes of a convolution must be positive";
    }
    if (static_cast<std::uint64_t>(op.kernel_size) * static_cast<std::uint64_t>(op.dilation) >
        kLargest) {
      return "a convolution looks back too far";
    }
    const auto I = static_cast<std::uint64_t>(op.inputs);
    const auto O = static_cast<std::uint64_t>(op.outputs);
    const std::uint64_t columns = (op.kind == OpKind::lstm  ? 4
                                   : op.kind == OpKind::gru ? 3
                                                            : 1) *
                                  O;
    Shape kernel{I, columns}, bias{columns};
    if (op.kind == OpKind::gru && op.reset_after) bias = {2, columns};
    if (op.kind == OpKind::conv1d) {
      kernel = {static_cast<std::uint64_t>(op.kernel_size),
                I / static_cast<std::uint64_t>(op.groups), O};
    }
    if (op.kind == OpKind::layer_normalization || op.kind == OpKind::scale) kernel = {O};
    const Arrays& names = arrays_[i];
    const bool compact = keeps_compact(op.kind, graph_.weights);
    const WeightKind kind = compact ? graph_.weights : WeightKind::float32;
    const Shape scales{op.kind == OpKind::embedding ? I : columns};
    std::string fault = matrix(names.kernel, kernel, kind, &op.kernel, &op.kernel16, &op.kernel8);
    if (fault.empty()) {
      fault = matrix(names.recurrent_kernel, {O, columns}, kind, &op.recurrent_kernel,
                     &op.recurrent_kernel16, &op.recurrent_kernel8);
    }
    if (fault.empty()) fault = tensor(names.bias, bias, TensorType::f32, &op.bias);
    if (fault.empty())
      fault = tensor(names.kernel_scale, scales, TensorType::f32, &op.kernel_scale);
    if (fault.empty()) {
      fault = tensor(names.recurrent_kernel_scale, {columns}, TensorType::f32,
                     &op.recurrent_kernel_scale);
    }
    return fault;
  }

  // A kernel in the form in which it is kept.
  std::string matrix(const std::string& name, const Shape& shape, WeightKind kind,
                     const float** full, const std::uint16_t** half, const std::int8_t** whole) {
    switch (kind) {
      case WeightKind::float32:
        return tensor(name, shape, TensorType::f32, full);
      case WeightKind::bfloat16:
        return tensor(name, shape, TensorType::bf16, half);
      case WeightKind::float16:
        return tensor(name, shape, TensorType::f16, half);
      default:
        return tensor(name, shape, TensorType::i8, whole);
    }
  }

  template <class T>
  std::string tensor(const std::string& name, const Shape& shape, TensorType type,
                     const T** values) {
    const void* found = nullptr;
    std::string fault = name.empty() ? "" : tensor_values(name, shape, type, alignof(T), &found);
    *values = static_cast<const T*>(found);
    return fault;
  }

  std::string tensor_values(const std::string& name, const Shape& shape, TensorType type,
                            std::size_t alignment, const void** values) {
    const Tensor* found = file_.find(name);
    if (found == nullptr) return "there is no tensor '" + name + "'";
    used_[static_cast<std::size_t>(found - file_.tensors.data())] = true;
    if (!found->is(type, shape)) {
      std::string sizes;
      for (const std::uint64_t n : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(n);
      return "tensor '" + name + "' must be " + type_name(type) + " [" + sizes + "]";
    }
    Block copy;
    *values = found->values(alignment, &copy);
    if (*values == nullptr) return "there is not enough memory";
    graph_.aligned.push_back(std::move(copy));
    return "";
  }

  JsonReader json_;
  const TensorFile& file_;
  GraphText& graph_;
  std::vector<bool> used_;
  std::vector<Arrays> arrays_;
  std::size_t positions_ = 0;
};

}  // namespace

GraphSpec GraphText::spec() const {
  return {ops.data(), ops.size(), outputs.data(), outputs.size(), weights};
}

std::string read_graph_text(std::string_view text, const TensorFile& file, GraphText* graph) {
  return GraphReader(text, file, graph).run();
}

}  // namespace tidegate
