#include "runtime/graph_check.h"

#include "runtime/compact_weights.h"

namespace tidegate {
namespace {

constexpr long kLongest = 0x7fffffff;

bool has_kernel(OpKind kind) {
  return is_recurrent(kind) || kind == OpKind::embedding || kind == OpKind::dense ||
         kind == OpKind::scale || kind == OpKind::conv1d;
}

bool is_merge(OpKind kind) {
  return kind == OpKind::add || kind == OpKind::subtract || kind == OpKind::multiply ||
         kind == OpKind::average || kind == OpKind::maximum || kind == OpKind::minimum;
}

bool keeps_width(OpKind kind) {
  return kind == OpKind::activation || kind == OpKind::concatenate || kind == OpKind::scale ||
         kind == OpKind::layer_normalization || kind == OpKind::global_average_pooling ||
         kind == OpKind::global_max_pooling || kind == OpKind::reverse || is_merge(kind);
}

std::string received(const std::string& rule, long value) {
  return rule + ". Received: " + std::to_string(value);
}

std::string who(const GraphSpec& spec, std::size_t index) {
  const char* name = spec.ops[index].name;
  const std::string place = "operation " + std::to_string(index);
  return name == nullptr || *name == 0 ? place : place + " '" + name + "'";
}

class Checker {
 public:
  Checker(const GraphSpec& spec, std::vector<bool>* sequences)
      : spec_(spec), sequences_(*sequences) {}

  std::string run() {
    if (spec_.count == 0) return "there must be at least one operation";
    for (std::size_t i = 0; i < spec_.count; ++i) {
      const std::string found = fault(i);
      if (!found.empty()) return who(spec_, i) + ": " + found;
    }
    return outputs();
  }

 private:
  std::string fault(std::size_t index) {
    const OpSpec& op = spec_.ops[index];
    for (const auto rule : {&Checker::order, &Checker::sizes, &Checker::widths, &Checker::ids,
                            &Checker::steps, &Checker::convolution, &Checker::weights}) {
      std::string found = (this->*rule)(op, index);
      if (!found.empty()) return found;
    }
    return "";
  }

  const OpSpec& at(long position) const { return spec_.ops[static_cast<std::size_t>(position)]; }

  std::string order(const OpSpec& op, std::size_t index) {
    if (op.kind == OpKind::input) {
      const bool late = index > 0 && spec_.ops[index - 1].kind != OpKind::input;
      return late ? "inputs come before all other operations" : "";
    }
    if (index == 0) return "the first operation must be an input";
    if (op.reads == nullptr && op.read_count > 1) {
      return received("without a list of what it reads, an operation reads one",
                      static_cast<long>(op.read_count));
    }
    reads_ = reads_of(spec_, index);
    for (const long read : reads_) {
      if (read < 0 || read >= static_cast<long>(index)) {
        return received("an operation reads operations before it", read);
      }
    }
    const auto count = static_cast<long>(reads_.size());
    if (op.kind == OpKind::subtract) return count == 2 ? "" : received("it reads two", count);
    if (is_merge(op.kind)) return count >= 2 ? "" : received("it reads two or more", count);
    if (op.kind == OpKind::concatenate) {
      return count >= 1 ? "" : received("it reads one or more", count);
    }
    return count == 1 ? "" : received("it reads one", count);
  }

  std::string sizes(const OpSpec& op, std::size_t) {
    const std::string both =
        "inputs " + std::to_string(op.inputs) + ", outputs " + std::to_string(op.outputs);
    if ((op.kind != OpKind::input && op.inputs < 1) || op.outputs < 1) {
      return "sizes must be positive. Received: " + both;
    }
    if (op.inputs > kLongest || op.outputs > kLongest) {
      return "sizes must be below 2^31. Received: " + both;
    }
    if (keeps_width(op.kind) && op.inputs != op.outputs) {
      return "it has as many outputs as inputs. Received: " + both;
    }
    if (op.kind == OpKind::input && op.ids && op.outputs != 1) {
      return received("an input of ids has one per row", op.outputs);
    }
    return "";
  }

  std::string widths(const OpSpec& op, std::size_t) {
    if (op.kind == OpKind::input || op.kind == OpKind::embedding) return "";
    long total = 0;
    for (const long read : reads_) {
      const long width = at(read).outputs;
      total += width;
      if (is_merge(op.kind) && width != op.outputs && width != 1) {
        return received("each value that it reads must have as many numbers per row as it gives, " +
                            std::to_string(op.outputs) + ", or 1",
                        width);
      }
    }
    if (is_merge(op.kind) || total == op.inputs) return "";
    return received("inputs must be the outputs of what it reads, " + std::to_string(total),
                    op.inputs);
  }

  std::string ids(const OpSpec& op, std::size_t) {
    if (op.kind == OpKind::input) return "";
    for (const long read : reads_) {
      const OpSpec& from = at(read);
      const bool ids = from.kind == OpKind::input && from.ids;
      if (op.kind == OpKind::embedding && !ids) return "an embedding reads an input of ids";
      if (op.kind != OpKind::embedding && ids) return "only an embedding reads ids";
    }
    return "";
  }

  // Which values have a row per step.
  std::string steps(const OpSpec& op, std::size_t) {
    bool sequence = op.kind == OpKind::input && op.sequence;
    if (op.kind != OpKind::input) {
      sequence = sequences_[static_cast<std::size_t>(reads_.front())];
      for (const long read : reads_) {
        if (sequences_[static_cast<std::size_t>(read)] != sequence) {
          return "it joins a sequence with a value that has one row per sequence";
        }
      }
    }
    const bool ends = (is_recurrent(op.kind) && !op.return_sequences) ||
                      op.kind == OpKind::global_average_pooling ||
                      op.kind == OpKind::global_max_pooling;
    sequences_.push_back(sequence && !ends);
    return "";
  }

  std::string weights(const OpSpec& op, std::size_t) {
    if (keeps_compact(op.kind, spec_.weights)) {
      std::string found = compact_fault(op, spec_.weights);
      if (!found.empty()) return found;
    } else {
      if (has_kernel(op.kind) && op.kernel == nullptr) return "the kernel is missing";
      if (is_recurrent(op.kind) && op.recurrent_kernel == nullptr) {
        return "the recurrent kernel is missing";
      }
    }
    if (!is_recurrent(op.kind)) return "";
    for (const ActivationKind activation : {op.activation, op.recurrent_activation}) {
      if (activation == ActivationKind::softmax) {
        return "softmax is no activation of a recurrent layer";
      }
      if (activation > ActivationKind::softmax) {
        return "the activation is none of a recurrent layer";
      }
    }
    return "";
  }

  std::string convolution(const OpSpec& op, std::size_t) {
    if (op.kind != OpKind::conv1d) return "";
    for (const long size : {op.kernel_size, op.strides, op.dilation, op.groups}) {
      if (size < 1 || size > kLongest) {
        return received("kernel size, strides, dilation, groups must be positive and below 2^31",
                        size);
      }
    }
    if (op.kernel_size - 1 > kLongest / op.dilation) return "a window has fewer than 2^31 steps";
    if (op.inputs % op.groups != 0 || op.outputs % op.groups != 0) {
      return received("groups must divide inputs and outputs", op.groups);
    }
    return "";
  }

  std::string outputs() const {
    if (spec_.output_count == 0) return "there must be at least one output";
    for (std::size_t i = 0; i < spec_.output_count; ++i) {
      const long last = static_cast<long>(spec_.count) - 1;
      const long output = spec_.outputs == nullptr ? last : spec_.outputs[i];
      if (output < 0 || output >= static_cast<long>(spec_.count)) {
        return received("an output must be the position of an operation", output);
      }
      if (at(output).kind == OpKind::input && at(output).ids) {
        return received("ids cannot leave the graph", output);
      }
    }
    return "";
  }

  const GraphSpec& spec_;
  std::vector<long> reads_;       // of the operation in question
  std::vector<bool>& sequences_;  // of all before it
};

std::string why_whole(const OpSpec& op) {
  if (is_recurrent(op.kind) && op.go_backwards) return "it starts at the last step of the sequence";
  if (op.kind == OpKind::reverse) return "it starts at the last step of the sequence";
  if (op.kind == OpKind::conv1d && op.padding != Padding::causal) {
    return "its windows reach into later steps; padding 'causal' does not";
  }
  if (op.kind == OpKind::conv1d && op.strides != 1) return "it gives no row for some steps";
  return "";
}

}  // namespace

bool is_recurrent(OpKind kind) {
  return kind == OpKind::simple_rnn || kind == OpKind::lstm || kind == OpKind::gru;
}

std::vector<long> reads_of(const GraphSpec& spec, std::size_t index) {
  const OpSpec& op = spec.ops[index];
  if (op.kind == OpKind::input) return {};
  if (op.reads == nullptr && op.read_count == 1) return {static_cast<long>(index) - 1};
  return {op.reads, op.reads + op.read_count};
}

std::string graph_fault(const GraphSpec& spec, std::vector<bool>* sequences) {
  return Checker(spec, sequences).run();
}

std::string step_fault(const GraphSpec& spec) {
  for (std::size_t i = 0; i < spec.count; ++i) {
    const std::string why = why_whole(spec.ops[i]);
    if (!why.empty()) return who(spec, i) + " cannot run step by step: " + why;
  }
  return "";
}

}  // namespace tidegate
