// A graph in use: states and scratch for `batch` rows in one block of memory whose size is known
// before. Weights stay in the graph, so a thousand streams cost a thousand small blocks.
//
//   tidegate::Session session(graph, 1);
//   session.step(x, y);  // x [1, I], y [1, O]
//
// A graph that cannot step (Graph::step_error) runs whole sequences; its session is made for the
// longest of them, and keeps nothing from one to the next:
//
//   tidegate::Session session(graph, 1, 100);
//   session.run(x, y, 60, 0, 60);  // x [1, 60, I], y [1, Graph::output_steps(0, 60), O]
//
// C++17. `step` and `run` allocate nothing, take no lock and make no system call; they run on the
// calling thread. One session belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tidegate/api.h"
#include "tidegate/graph.h"

namespace tidegate {

struct SessionPlan;

// What one input of a graph is given: values or ids, as Graph::reads_ids says; the other is null.
struct InputRows {
  const float* values = nullptr;
  const std::int32_t* ids = nullptr;
};

class TIDEGATE_API Session {
 public:
  static constexpr std::size_t kAlignment = 64;
  static constexpr long kDone = -1;
  static constexpr long kRefused = -2;

  // Size of the block for `batch` >= 1 rows and, of a graph that cannot step, sequences of up to
  // `steps` >= 1 steps; 0 if it would not fit into memory's address range.
  static std::size_t bytes(const Graph& graph, long batch, long steps = 0);

  // Takes the block from the heap. Without memory, or where bytes() is 0, the session is empty and
  // must not be used.
  explicit Session(std::shared_ptr<const Graph> graph, long batch = 1, long steps = 0);
  // The caller's block: bytes(graph, batch, steps) bytes at an address that is a multiple of
  // kAlignment, which outlive the session.
  Session(std::shared_ptr<const Graph> graph, long batch, void* block, long steps = 0);
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  ~Session();

  explicit operator bool() const { return plan_ != nullptr; }
  const std::shared_ptr<const Graph>& graph() const { return graph_; }
  long batch() const;
  long steps() const;         // the most of a sequence; 0 if the graph can step: any number
  std::size_t bytes() const;  // of the block

  // One step of every row: x [B, I] -> y [B, O], which do not overlap. For graphs with one input,
  // of values, and one output. Returns kDone, or, as all that follow, kRefused if the graph cannot
  // step; then nothing has happened.
  long step(const float* x, float* y) noexcept;
  // For graphs with one input, of ids [B], and one output. Returns the first position whose id is
  // out of range, if there is one; then nothing has happened.
  long step(const std::int32_t* ids, float* y) noexcept;
  // Of any graph: a [B, I] or [B] for each input, a [B, O] for each output. A bad id is at
  // input * B + position.
  long step(const InputRows* x, float* const* y) noexcept;

  // Steps [begin, end) of a sequence: x [B, T, I] -> y [B, T, O], T = `steps`. Returns kDone.
  long run(const float* x, float* y, long steps, long begin, long end) noexcept;
  // ids [B, T]; returns as step does.
  long run(const std::int32_t* ids, float* y, long steps, long begin, long end) noexcept;
  // Each input [B, T, I] or [B, T], each output [B, T, O]. A bad id is at input * B * T + position.
  //
  // A graph that cannot step runs from the states of a new session and gives what the model gives
  // for whole sequences: [B, T', O], T' = Graph::output_steps, or [B, O]; an input without steps is
  // [B, I] or [B]. kRefused unless begin = 0, end = steps, 1 <= steps <= steps(), and every
  // convolution finds a window.
  long run(const InputRows* x, float* const* y, long steps, long begin, long end) noexcept;

  // All states to where a new session starts.
  void reset() noexcept;
  // [piece][B][...], the pieces in the order of the operations: h [H]; of an LSTM also c [H]; of a
  // convolution its last (K - 1) * dilation inputs, oldest first; of a global average the total [O]
  // and the number of steps [2], n[0] * 2^24 + n[1]; of a global maximum the largest [O]. In all
  // batch * graph.state_size() values.
  void get_state(float* to) const noexcept;
  void set_state(const float* from) noexcept;

 private:
  std::shared_ptr<const Graph> graph_;
  SessionPlan* plan_ = nullptr;  // at the start of the block
  bool owned_ = false;
};

}  // namespace tidegate
