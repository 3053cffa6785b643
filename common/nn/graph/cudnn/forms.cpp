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
  Descriptor one = nullptr;
  if (const Status status = calls.create_tensor(&one))
    return library.failed("a tensor's descriptor", status);
  Described made(one, calls.destroy_tensor);
  if (const Status status =
          calls.set_tensor(one, kNchw, kFloat, form[0], form[1], form[2], form[3]))
    return library.failed("a tensor's shape", status);
  return made;
}

Result<Described> filter_form(const Library& library, const Form& form) {
  const CudnnCalls& calls = library.cudnn();
  Descriptor one = nullptr;
  if (const Status status = calls.create_filter(&one))
    return library.failed("a filter's descriptor", status);
  Described made(one, calls.destroy_filter);
  if (const Status status =
          calls.set_filter(one, kFloat, kNchw, form[0], form[1], form[2], form[3]))
    return library.failed("a filter's shape", status);
  return made;
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
