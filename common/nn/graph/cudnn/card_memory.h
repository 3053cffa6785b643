// What the executor owns on a card: pieces of memory and cuDNN's descriptors.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "common/nn/graph/cudnn/library.h"

namespace slicecast::nn::cudnn {

class CardMemory {
 public:
  static Result<CardMemory> allocate(std::shared_ptr<const Library> library, std::size_t bytes) {
    CardMemory made;
    if (const Status status = library->driver().allocate(&made.at_, bytes > 0 ? bytes : 1))
      return library->failed_driver("cuMemAlloc", status);
    made.library_ = std::move(library);
    made.bytes_ = bytes;
    return made;
  }
  CardMemory() = default;
  CardMemory(CardMemory&& other) noexcept
      : library_(std::move(other.library_)),
        at_(std::exchange(other.at_, 0)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  CardMemory& operator=(CardMemory&& other) noexcept {
    std::swap(library_, other.library_);
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~CardMemory() {
    if (library_) library_->driver().release(at_);
  }
  CardAddress at() const { return at_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<const Library> library_;
  CardAddress at_ = 0;
  std::size_t bytes_ = 0;
};

// A descriptor with the function that ends it.
class Described {
 public:
  Described() = default;
  Described(Descriptor one, Status (*destroy)(Descriptor)) : one_(one), destroy_(destroy) {}
  Described(Described&& other) noexcept
      : one_(std::exchange(other.one_, nullptr)), destroy_(other.destroy_) {}
  Described& operator=(Described&& other) noexcept {
    std::swap(one_, other.one_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Described() {
    if (one_ != nullptr) destroy_(one_);
  }
  Descriptor get() const { return one_; }

 private:
  Descriptor one_ = nullptr;
  Status (*destroy_)(Descriptor) = nullptr;
};

}  // namespace slicecast::nn::cudnn
