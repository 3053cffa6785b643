// From a length known at run time to the template of that length.
#pragma once

#include <utility>

#include "cuda/kernels/fft_passes.h"

namespace slicecast::cuda {

// action.operator()<kLength>() for the kernel length that equals `length`, a default-constructed
// result when none does.
template <class Action, std::size_t... kIndex>
auto with_filter_length(int length, const Action& action, std::index_sequence<kIndex...>) {
  decltype(action.template operator()<fft::kLengths[0]>()) result{};
  static_cast<void>(((length == fft::kLengths[kIndex] &&
                      (result = action.template operator()<fft::kLengths[kIndex]>(), true)) ||
                     ...));
  return result;
}
template <class Action>
auto with_filter_length(int length, const Action& action) {
  return with_filter_length(length, action, std::make_index_sequence<fft::kLengths.size()>{});
}

}  // namespace slicecast::cuda
