#include "common/nn/graph/cudnn/forms.h"

#include <utility>

namespace slicecast::nn::cudnn {

Form form_of(const Shape& shape) {
  Form form{1, 1, 1, 1};
  if (shape.size() > form.size()) {
    form[3] = static_cast<int>(*element_count(shape));
    return form;
  }
  for (std::size_t i = 0; i < shape.size(); ++i)
    form[form.size() - shape.size() + i] = static_cast<int>(shape[i]);
  return form;
}

Result<Described> tensor_form(const Library& library, const Form& form) {
  const CudnnCalls& calls = library.cudnn();
  return described(
      library, "a tensor's form", calls.create_tensor, calls.destroy_tensor, [&](Descriptor one) {
        return calls.set_tensor(one, kNchw, kFloat, form[0], form[1], form[2], form[3]);
      });
}

Result<Described> filter_form(const Library& library, const Form& form) {
  const CudnnCalls& calls = library.cudnn();
  return described(
      library, "a filter's form", calls.create_filter, calls.destroy_filter, [&](Descriptor one) {
        return calls.set_filter(one, kFloat, kNchw, form[0], form[1], form[2], form[3]);
      });
}

Result<CardMemory> uploaded(const std::shared_ptr<const Library>& library,
                            std::span<const float> values) {
  auto memory = CardMemory::allocate(library, values.size_bytes());
  if (!memory) return memory;
  if (const Status status =
          library->driver().upload(memory->at(), values.data(), values.size_bytes()))
    return library->failed_driver("cuMemcpyHtoD", status);
  return memory;
}

}  // namespace slicecast::nn::cudnn
