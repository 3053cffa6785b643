// Memory for stored projections: images of one size share chunks of whole 2 MiB pages, because a
// slice reads a few rows of every projection and would spend its time on missing page translations
// with small pages. A chunk returns to the system with its last image. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>

namespace slicecast::recon {

// 64-byte aligned, contents undefined. Throws std::bad_alloc.
std::shared_ptr<std::byte> image_memory(std::size_t bytes);

}  // namespace slicecast::recon
