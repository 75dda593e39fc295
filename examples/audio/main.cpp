// amplifier MODEL.tide IN.wav OUT.wav: one step of the model per sample, as a plug-in or a pedal
// would do it, and what the steps took. Exit status 1 if it was slower than the sound lasts.
#include <tidegate/model_file.h>
#include <tidegate/session.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "wav.h"

namespace {

using Clock = std::chrono::steady_clock;

int failed(const char* what, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", what, why.c_str());
  return 1;
}

bool takes_samples(const tidegate::Graph& graph) {
  return graph.can_step() && graph.input_count() == 1 && !graph.reads_ids() &&
         graph.input_size() == 1 && graph.output_count() == 1 && graph.output_size() == 1;
}

// Replaces every sample by what the model makes of it. Nothing here allocates: `seconds` has a
// place for each step, and reading the clock (about 20 ns of each) is no system call on Linux.
void process(tidegate::Session* session, std::vector<float>* samples, std::vector<float>* seconds) {
  Clock::time_point before = Clock::now();
  for (std::size_t i = 0; i < samples->size(); ++i) {
    float y;
    session->step(&(*samples)[i], &y);
    (*samples)[i] = y;
    const Clock::time_point after = Clock::now();
    (*seconds)[i] = std::chrono::duration<float>(after - before).count();
    before = after;
  }
}

// Sorts `seconds`. Returns the real-time factor: time of the steps over that of the sound.
double report(std::uint32_t rate, std::vector<float>* seconds) {
  std::sort(seconds->begin(), seconds->end());
  const std::size_t last = seconds->size() - 1;
  const auto nanoseconds = [&](std::size_t place) { return 1e9 * (*seconds)[place]; };
  const double sound = static_cast<double>(seconds->size()) / rate;
  const double factor = std::accumulate(seconds->begin(), seconds->end(), 0.0) / sound;
  std::printf("sound: %.2f s, %zu samples of %u per second\n", sound, seconds->size(), rate);
  std::printf("real-time factor: %.6f, %.0f times as fast as the sound\n", factor, 1 / factor);
  std::printf("step: median %.0f ns, p99.9 %.0f ns, worst %.0f ns; a sample lasts %.0f ns\n",
              nanoseconds(last / 2), nanoseconds(last * 999 / 1000), nanoseconds(last), 1e9 / rate);
  return factor;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return failed("amplifier", "MODEL.tide IN.wav OUT.wav");
  tidegate::FileError error;
  const auto graph = tidegate::load_graph(arguments[1], &error);
  if (graph == nullptr) return failed(arguments[1], error.text);
  if (!takes_samples(*graph)) return failed(arguments[1], "must take a sample to a sample");
  Sound sound;
  std::string why = read_wav(arguments[2], &sound);
  if (why.empty() && sound.samples.empty()) why = "no samples";
  if (!why.empty()) return failed(arguments[2], why);
  tidegate::Session session(graph, 1);
  if (!session) return failed("amplifier", "no memory for a session");

  std::vector<float> seconds(sound.samples.size());
  process(&session, &sound.samples, &seconds);
  why = write_wav(arguments[3], sound);
  if (!why.empty()) return failed(arguments[3], why);
  std::printf("model: %zu bytes of weights, %zu of the session\n", graph->weight_bytes(),
              session.bytes());
  return report(sound.rate, &seconds) < 1 ? 0 : 1;
}
