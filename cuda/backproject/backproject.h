// recon::Backproject on one or several cards. Each image lies on one card; every card sums its own
// terms, and the host adds the cards' sums. A call borrows a stream per card for its duration:
// urgent ones for what is on demand, which overtake blocks of others that have not begun.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/recon/backend.h"
#include "common/recon/kernel_config.h"
#include "cuda/backproject/card_image.h"

namespace slicecast::cuda {

struct Cards {
  std::vector<std::shared_ptr<ImageStore>> stores;  // card i has store i
  recon::CudaKernels kernels;                       // validated
  std::function<void(const Error&)> failed;         // told before the call returns that met it
  std::function<bool()> usable;                     // false: calls return without doing anything
};

std::unique_ptr<recon::Backproject> make_card_backproject(std::shared_ptr<const Cards> cards);

}  // namespace slicecast::cuda
