// Models in files: `.tide`, written by model.export("m.tide") in Python.
//
// A file is a plain safetensors file (8 bytes of header length, JSON header, tensors) whose
// __metadata__ holds the graph as JSON text, the SHA-256 of the file with that field as 64 zeros,
// and the steps of a stored pair of inputs and outputs, if there is one.
//
// C++17. The loader throws nothing: every sequence of bytes gives a graph or one typed error. It
// takes memory for the file (if it is read from a path), for the packed weights, which may be
// refused (FileErrorCode::memory), and some times as much as the header has (16 MiB at most, a few
// kB in practice): where the system refuses that, the program ends.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tidegate/api.h"
#include "tidegate/graph.h"

namespace tidegate {

enum class FileErrorCode {
  none,
  unreadable,  // the system does not give the file
  memory,      // there is not enough
  container,   // no safetensors file, or one that contradicts itself
  kind,        // a safetensors file, but of no model, or of a newer kind
  checksum,    // changed since it was written
  graph,       // its operations do not fit together or to their tensors
  pair,        // this machine does not compute what is stored
  byte_order,  // the processor is big-endian
};

struct FileError {
  FileErrorCode code = FileErrorCode::none;
  std::string text;  // "[load] rule. Received: ... Hint: ..."
};

struct LoadOptions {
  bool check_pair = true;  // run the stored input and compare with the stored output
};

// Null if there is no graph; `error` (may be null) then says why.
TIDEGATE_API std::shared_ptr<const Graph> load_graph(const char* path, FileError* error,
                                                     const LoadOptions& options = {});
// The bytes of a file, which need no alignment and are not kept.
TIDEGATE_API std::shared_ptr<const Graph> load_graph(const void* data, std::size_t size,
                                                     FileError* error,
                                                     const LoadOptions& options = {});

}  // namespace tidegate
