// cuDNN and the CUDA driver, loaded at run time. That they are absent is a fact, not an error of
// the installation: whoever asks is told in one line why, and uses another executor.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/nn/graph/cudnn/api.h"

namespace slicecast::nn::cudnn {

class Library {
 public:
  // Names for dlopen(). unavailable: not there, too old, without a card.
  static Result<std::shared_ptr<const Library>> load(const std::string& cudnn = "libcudnn.so.9",
                                                     const std::string& driver = "libcuda.so.1");
  // The default ones, loaded at the first call; the answer stays for the life of the program.
  static const Result<std::shared_ptr<const Library>>& installed();

  const CudnnCalls& cudnn() const { return cudnn_; }
  const DriverCalls& driver() const { return driver_; }
  std::string description() const;                      // "cudnn 9.14.0 (NVIDIA H100)"
  Result<void> make_current() const;                    // the card's memory, for the calling thread
  Error failed(const char* what, Status status) const;  // of cuDNN
  Error failed_driver(const char* what, Status status) const;  // of the driver

 private:
  CudnnCalls cudnn_;
  DriverCalls driver_;
  std::string card_;
  void* context_ = nullptr;
};

}  // namespace slicecast::nn::cudnn
