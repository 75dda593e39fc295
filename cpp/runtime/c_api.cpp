#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "tidegate/model_file.h"
#include "tidegate/session.h"
#include "tidegate/tidegate.h"

using tidegate::FileError;
using tidegate::FileErrorCode;
using tidegate::Graph;
using tidegate::InputRows;
using tidegate::Session;

struct tidegate_model {
  std::shared_ptr<const Graph> graph;
};

struct tidegate_session {
  Session session;
  bool owned;
};

namespace {

static_assert(static_cast<int>(FileErrorCode::byte_order) == TIDEGATE_BYTE_ORDER);
static_assert(static_cast<int>(FileErrorCode::unreadable) == TIDEGATE_UNREADABLE);
static_assert(sizeof(tidegate_rows) == sizeof(InputRows));
static_assert(TIDEGATE_ALIGNMENT == Session::kAlignment);

// The session's own block lies behind the object, in the same memory.
constexpr std::size_t kObjectBytes = (sizeof(tidegate_session) + Session::kAlignment - 1) /
                                     Session::kAlignment * Session::kAlignment;

tidegate_status finish(std::shared_ptr<const Graph> graph, FileError& error, tidegate_model** model,
                       char* text) {
  *model = nullptr;
  if (graph != nullptr) {
    *model = new (std::nothrow) tidegate_model{std::move(graph)};
    if (*model == nullptr) error = {FileErrorCode::memory, "[load] there is not enough memory"};
  }
  if (text != nullptr) {
    const std::size_t n = std::min<std::size_t>(error.text.size(), TIDEGATE_TEXT - 1);
    std::memcpy(text, error.text.data(), n);
    text[n] = '\0';
  }
  return static_cast<tidegate_status>(error.code);
}

// Of rows or steps; 0 is refused like too many.
long count_of(std::size_t count) {
  constexpr std::size_t kMost = std::numeric_limits<long>::max() / 2;  // of 32 or of 64 bits
  return count > kMost ? 0 : static_cast<long>(count);
}

// Whether the graph has one input, of ids or of values, and one output.
bool takes(const tidegate_session* s, bool ids) {
  const Graph& graph = *s->session.graph();
  return graph.input_count() == 1 && graph.output_count() == 1 && graph.reads_ids() == ids;
}

tidegate_status done(long bad, tidegate_status refused) {
  if (bad == Session::kDone) return TIDEGATE_OK;
  return bad == Session::kRefused ? refused : TIDEGATE_ID;
}

}  // namespace

tidegate_status tidegate_load(const char* path, int check_pair, tidegate_model** model,
                              char* text) {
  FileError error;
  auto graph = tidegate::load_graph(path, &error, {check_pair != 0});
  return finish(std::move(graph), error, model, text);
}

tidegate_status tidegate_load_memory(const void* data, size_t size, int check_pair,
                                     tidegate_model** model, char* text) {
  FileError error;
  auto graph = tidegate::load_graph(data, size, &error, {check_pair != 0});
  return finish(std::move(graph), error, model, text);
}

void tidegate_free(tidegate_model* model) { delete model; }

size_t tidegate_input_count(const tidegate_model* model) { return model->graph->input_count(); }

int tidegate_reads_ids(const tidegate_model* model, size_t input) {
  return model->graph->reads_ids(input) ? 1 : 0;
}

size_t tidegate_input_size(const tidegate_model* model, size_t input) {
  return static_cast<size_t>(model->graph->input_size(input));
}

size_t tidegate_input_limit(const tidegate_model* model, size_t input) {
  return static_cast<size_t>(model->graph->input_limit(input));
}

size_t tidegate_output_count(const tidegate_model* model) { return model->graph->output_count(); }

size_t tidegate_output_size(const tidegate_model* model, size_t output) {
  return static_cast<size_t>(model->graph->output_size(output));
}

size_t tidegate_state_size(const tidegate_model* model) {
  return static_cast<size_t>(model->graph->state_size());
}

const char* tidegate_step_error(const tidegate_model* model) {
  return model->graph->step_error().c_str();
}

size_t tidegate_input_steps(const tidegate_model* model, size_t input, size_t steps) {
  const Graph& graph = *model->graph;
  return graph.can_step() || graph.input_is_sequence(input) ? steps : 1;
}

size_t tidegate_output_steps(const tidegate_model* model, size_t output, size_t steps) {
  const Graph& graph = *model->graph;
  if (graph.can_step()) return steps;
  return static_cast<size_t>(graph.output_steps(output, count_of(steps)));
}

size_t tidegate_session_bytes(const tidegate_model* model, size_t batch, size_t steps) {
  const std::size_t bytes = Session::bytes(*model->graph, count_of(batch), count_of(steps));
  return bytes == 0 ? 0 : kObjectBytes + bytes;
}

tidegate_session* tidegate_session_init(const tidegate_model* model, size_t batch, size_t steps,
                                        void* block) {
  auto* rest = static_cast<std::byte*>(block) + kObjectBytes;
  Session session(model->graph, count_of(batch), rest, count_of(steps));
  return new (block) tidegate_session{std::move(session), false};
}

tidegate_session* tidegate_session_new(const tidegate_model* model, size_t batch, size_t steps) {
  const std::size_t bytes = tidegate_session_bytes(model, batch, steps);
  if (bytes == 0) return nullptr;
  void* block = ::operator new (bytes, std::align_val_t{Session::kAlignment}, std::nothrow);
  if (block == nullptr) return nullptr;
  tidegate_session* session = tidegate_session_init(model, batch, steps, block);
  session->owned = true;
  return session;
}

void tidegate_session_free(tidegate_session* session) {
  if (session == nullptr) return;
  const bool owned = session->owned;
  session->~tidegate_session();
  if (owned) ::operator delete (session, std::align_val_t{Session::kAlignment});
}

tidegate_status tidegate_step(tidegate_session* session, const float* x, float* y) {
  if (!takes(session, false)) return TIDEGATE_ARGUMENT;
  return done(session->session.step(x, y), TIDEGATE_NO_STEP);
}

tidegate_status tidegate_step_ids(tidegate_session* session, const int32_t* ids, float* y) {
  if (!takes(session, true)) return TIDEGATE_ARGUMENT;
  return done(session->session.step(ids, y), TIDEGATE_NO_STEP);
}

tidegate_status tidegate_run(tidegate_session* session, const float* x, float* y, size_t steps) {
  if (x == nullptr || !takes(session, false)) return TIDEGATE_ARGUMENT;
  const auto count = static_cast<long>(steps);
  return done(session->session.run(x, y, count, 0, count), TIDEGATE_LENGTH);
}

tidegate_status tidegate_run_ids(tidegate_session* session, const int32_t* ids, float* y,
                                 size_t steps) {
  if (ids == nullptr || !takes(session, true)) return TIDEGATE_ARGUMENT;
  const auto count = static_cast<long>(steps);
  return done(session->session.run(ids, y, count, 0, count), TIDEGATE_LENGTH);
}

tidegate_status tidegate_run_all(tidegate_session* session, const tidegate_rows* x, float* const* y,
                                 size_t steps) {
  const Graph& graph = *session->session.graph();
  for (std::size_t input = 0; input < graph.input_count(); ++input) {
    const bool ids = x[input].ids != nullptr;
    if (ids != graph.reads_ids(input) || (!ids && x[input].values == nullptr)) {
      return TIDEGATE_ARGUMENT;
    }
  }
  const auto count = static_cast<long>(steps);
  const long bad = session->session.run(reinterpret_cast<const InputRows*>(x), y, count, 0, count);
  return done(bad, TIDEGATE_LENGTH);
}

void tidegate_reset(tidegate_session* session) { session->session.reset(); }

void tidegate_get_state(const tidegate_session* session, float* to) {
  session->session.get_state(to);
}

void tidegate_set_state(tidegate_session* session, const float* from) {
  session->session.set_state(from);
}
