// Making descriptors, each call of cuDNN checked.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "common/nn/graph/cudnn/card_memory.h"
#include "common/nn/graph/tensor.h"

namespace slicecast::nn::cudnn {

inline constexpr float kOne = 1, kZero = 0;
using Form = std::array<int, 4>;  // images, channels, rows, columns

// {1, channels, rows, columns}, with leading ones where the shape is shorter; a longer one counts
// all of its elements as columns.
Form form_of(const Shape& shape);

// A descriptor from `create`, given its form by `set`, which gets it and returns a Status;
// `destroy` ends it. `what` names it in errors.
template <class Set>
Result<Described> described(const Library& library, const char* what, Status (*create)(Descriptor*),
                            Status (*destroy)(Descriptor), const Set& set) {
  Descriptor one = nullptr;
  if (const Status status = create(&one)) return library.failed(what, status);
  Described made(one, destroy);
  if (const Status status = set(one)) return library.failed(what, status);
  return made;
}

Result<Described> tensor_form(const Library& library, const Form& form);
Result<Described> filter_form(const Library& library, const Form& form);
// A copy in the memory of the card.
Result<CardMemory> uploaded(const std::shared_ptr<const Library>& library,
                            std::span<const float> values);

}  // namespace slicecast::nn::cudnn
