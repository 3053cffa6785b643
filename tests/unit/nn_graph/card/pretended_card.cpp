// libcuda.so.1 and libcudnn.so.9 in one, on the host: what the executor calls, by plain loops. It
// shows that the right calls come with the right shapes; how fast or exact a card is it does not.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "common/nn/graph/cudnn/api.h"

using namespace slicecast::nn::cudnn;

namespace {

constexpr Status kRefused = 3000;  // CUDNN_STATUS_NOT_SUPPORTED
constexpr std::size_t kMemory = std::size_t{64} << 20;
std::size_t taken = 0;

struct Numbers {
  std::array<int, 9> of{};
};
int at(Descriptor one, std::size_t i) {
  return static_cast<const Numbers*>(one)->of[i];
}
float* floats(CardAddress address) {
  return reinterpret_cast<float*>(address);
}
std::size_t size(Descriptor form) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < 4; ++i) count *= static_cast<std::size_t>(at(form, i));
  return count;
}
std::size_t index(Descriptor form, int c, int r, int column) {
  return (static_cast<std::size_t>(c) * static_cast<std::size_t>(at(form, 2)) +
          static_cast<std::size_t>(r)) *
             static_cast<std::size_t>(at(form, 3)) +
         static_cast<std::size_t>(column);
}
Status make(Descriptor* made) {
  *made = new Numbers;
  return 0;
}
Status end(Descriptor one) {
  delete static_cast<Numbers*>(one);
  return 0;
}
Status set(Descriptor one, std::array<int, 9> numbers) {
  static_cast<Numbers*>(one)->of = numbers;
  return 0;
}

// Visits every product of a convolution of `x` to `y`: index of x, of w, of y.
template <class Visit>
Status products(Descriptor x, Descriptor w, Descriptor conv, Descriptor y, const Visit& visit) {
  const int groups = at(conv, 8), inputs = at(w, 1), outputs = at(w, 0) / groups;
  if (inputs * groups != at(x, 1) || at(w, 0) != at(y, 1)) return kRefused;
  for (std::size_t d = 0; d < 2; ++d)
    if ((at(x, d + 2) + 2 * at(conv, d) - at(conv, d + 4) * (at(w, d + 2) - 1) - 1) /
                at(conv, d + 2) +
            1 !=
        at(y, d + 2))
      return kRefused;
  for (int k = 0; k < at(w, 0); ++k)
    for (int c = 0; c < inputs; ++c)
      for (int r = 0; r < at(y, 2); ++r)
        for (int q = 0; q < at(y, 3); ++q)
          for (int i = 0; i < at(w, 2); ++i)
            for (int j = 0; j < at(w, 3); ++j) {
              const int row = r * at(conv, 2) - at(conv, 0) + i * at(conv, 4);
              const int column = q * at(conv, 3) - at(conv, 1) + j * at(conv, 5);
              if (row < 0 || column < 0 || row >= at(x, 2) || column >= at(x, 3)) continue;
              const auto tap = ((static_cast<std::size_t>(k) * static_cast<std::size_t>(inputs) +
                                 static_cast<std::size_t>(c)) *
                                    static_cast<std::size_t>(at(w, 2)) +
                                static_cast<std::size_t>(i)) *
                                   static_cast<std::size_t>(at(w, 3)) +
                               static_cast<std::size_t>(j);
              visit(index(x, k / outputs * inputs + c, row, column), tap, index(y, k, r, q));
            }
  return 0;
}

float activated(int mode, float x) {
  return mode == kRelu ? std::max(0.0F, x) : mode == kTanh ? std::tanh(x) : 1 / (1 + std::exp(-x));
}

}  // namespace

extern "C" {

Status cuInit(unsigned) {
  return std::getenv("SLICECAST_NO_CARD") != nullptr ? 100 : 0;
}
Status cuDeviceGet(int* device, int) {
  return *device = 0;
}
Status cuDeviceGetName(char* name, int, int) {
  std::strcpy(name, "pretended card");
  return 0;
}
Status cuDevicePrimaryCtxRetain(void** context, int) {
  *context = &taken;
  return 0;
}
Status cuCtxSetCurrent(void* context) {
  return context == &taken ? 0 : 1;
}
// Freed memory is not counted back: enough to run out of it.
Status cuMemAlloc_v2(CardAddress* address, std::size_t bytes) {
  if (bytes > kMemory) return 2;
  *address = reinterpret_cast<CardAddress>(std::malloc(bytes));
  std::memset(floats(*address), 0xFF, bytes);
  return 0;
}
Status cuMemFree_v2(CardAddress address) {
  std::free(floats(address));
  return 0;
}
Status cuMemcpyHtoD_v2(CardAddress to, const void* from, std::size_t bytes) {
  std::memcpy(floats(to), from, bytes);
  return 0;
}
Status cuMemcpyDtoH_v2(void* to, CardAddress from, std::size_t bytes) {
  std::memcpy(to, floats(from), bytes);
  return 0;
}
Status cuMemcpyDtoD_v2(CardAddress to, CardAddress from, std::size_t bytes) {
  std::memmove(floats(to), floats(from), bytes);
  return 0;
}

std::size_t cudnnGetVersion() {
  const char* version = std::getenv("SLICECAST_CUDNN_VERSION");
  return version != nullptr ? static_cast<std::size_t>(std::atoi(version)) : 91400;
}
const char* cudnnGetErrorString(Status) {
  return "CUDNN_STATUS_NOT_SUPPORTED";
}
Status cudnnCreate(Handle* handle) {
  return make(handle);
}
Status cudnnDestroy(Handle handle) {
  return end(handle);
}
#define SLICECAST_DESCRIPTOR(Kind)                         \
  Status cudnnCreate##Kind##Descriptor(Descriptor* made) { \
    return make(made);                                     \
  }                                                        \
  Status cudnnDestroy##Kind##Descriptor(Descriptor one) {  \
    return end(one);                                       \
  }
SLICECAST_DESCRIPTOR(Tensor)
SLICECAST_DESCRIPTOR(Filter)
SLICECAST_DESCRIPTOR(Convolution)
SLICECAST_DESCRIPTOR(Activation)
SLICECAST_DESCRIPTOR(Pooling)
SLICECAST_DESCRIPTOR(OpTensor)

Status cudnnSetTensor4dDescriptor(Descriptor one, int, int, int n, int c, int h, int w) {
  return set(one, {n, c, h, w});
}
Status cudnnSetFilter4dDescriptor(Descriptor one, int, int, int k, int c, int h, int w) {
  return set(one, {k, c, h, w});
}
Status cudnnSetConvolution2dDescriptor(Descriptor one, int a, int b, int c, int d, int e, int f,
                                       int mode, int) {
  return mode == kCrossCorrelation ? set(one, {a, b, c, d, e, f, 0, 0, 1}) : kRefused;
}
Status cudnnSetConvolutionGroupCount(Descriptor one, int groups) {
  static_cast<Numbers*>(one)->of[8] = groups;
  return 0;
}
Status cudnnSetConvolutionMathType(Descriptor, int math) {
  return math == kFmaMath ? 0 : kRefused;
}
// The fast algorithm refuses groups, so that the other one is taken.
Status cudnnGetConvolutionForwardWorkspaceSize(Handle, Descriptor, Descriptor, Descriptor conv,
                                               Descriptor, int algorithm, std::size_t* bytes) {
  *bytes = algorithm == kForwardGemm ? 0 : 100;
  return algorithm != kForwardGemm && at(conv, 8) > 1 ? kRefused : 0;
}
Status cudnnGetConvolutionBackwardDataWorkspaceSize(Handle, Descriptor, Descriptor, Descriptor,
                                                    Descriptor, int, std::size_t* bytes) {
  *bytes = 200;
  return 0;
}
Status cudnnConvolutionForward(Handle, const void*, Descriptor x_form, CardAddress x,
                               Descriptor w_form, CardAddress w, Descriptor conv, int algorithm,
                               CardAddress, std::size_t workspace, const void*, Descriptor y_form,
                               CardAddress y) {
  if (algorithm != kForwardGemm && workspace < 100) return kRefused;
  if (std::getenv("SLICECAST_CUDNN_NO_ENGINE") != nullptr) return kRefused;
  std::fill_n(floats(y), size(y_form), 0.0F);
  return products(x_form, w_form, conv, y_form, [&](std::size_t i, std::size_t k, std::size_t o) {
    floats(y)[o] += floats(x)[i] * floats(w)[k];
  });
}
Status cudnnConvolutionBackwardData(Handle, const void*, Descriptor w_form, CardAddress w,
                                    Descriptor dy_form, CardAddress dy, Descriptor conv, int,
                                    CardAddress, std::size_t workspace, const void*,
                                    Descriptor dx_form, CardAddress dx) {
  if (workspace < 200) return kRefused;
  std::fill_n(floats(dx), size(dx_form), 0.0F);
  return products(dx_form, w_form, conv, dy_form, [&](std::size_t i, std::size_t k, std::size_t o) {
    floats(dx)[i] += floats(dy)[o] * floats(w)[k];
  });
}
Status cudnnAddTensor(Handle, const void*, Descriptor a_form, CardAddress a, const void*,
                      Descriptor c_form, CardAddress c) {
  if (at(a_form, 1) != at(c_form, 1) || size(a_form) != static_cast<std::size_t>(at(a_form, 1)))
    return kRefused;
  const std::size_t pixels = size(c_form) / size(a_form);
  for (std::size_t i = 0; i < size(c_form); ++i) floats(c)[i] += floats(a)[i / pixels];
  return 0;
}
Status cudnnSetActivationDescriptor(Descriptor one, int mode, int, double) {
  return set(one, {mode});
}
Status cudnnActivationForward(Handle, Descriptor activation, const void*, Descriptor x_form,
                              CardAddress x, const void*, Descriptor, CardAddress y) {
  for (std::size_t i = 0; i < size(x_form); ++i)
    floats(y)[i] = activated(at(activation, 0), floats(x)[i]);
  return 0;
}
Status cudnnSetPooling2dDescriptor(Descriptor one, int mode, int, int a, int b, int c, int d, int e,
                                   int f) {
  return set(one, {mode, a, b, c, d, e, f});
}
Status cudnnPoolingForward(Handle, Descriptor pool, const void*, Descriptor x_form, CardAddress x,
                           const void*, Descriptor y_form, CardAddress y) {
  for (int c = 0; c < at(x_form, 1); ++c)
    for (int r = 0; r < at(y_form, 2); ++r)
      for (int q = 0; q < at(y_form, 3); ++q) {
        float most = -INFINITY, sum = 0;
        int there = 0;
        for (int i = 0; i < at(pool, 1); ++i)
          for (int j = 0; j < at(pool, 2); ++j) {
            const int row = r * at(pool, 5) - at(pool, 3) + i;
            const int column = q * at(pool, 6) - at(pool, 4) + j;
            if (row < 0 || column < 0 || row >= at(x_form, 2) || column >= at(x_form, 3)) continue;
            const float value = floats(x)[index(x_form, c, row, column)];
            most = std::max(most, value);
            sum += value;
            ++there;
          }
        const int counted = at(pool, 0) == kAverageWithPads ? at(pool, 1) * at(pool, 2) : there;
        floats(y)[index(y_form, c, r, q)] =
            at(pool, 0) == kMaximum ? most : sum / static_cast<float>(counted);
      }
  return 0;
}
Status cudnnSoftmaxForward(Handle, int algorithm, int mode, const void*, Descriptor form,
                           CardAddress x, const void*, Descriptor, CardAddress y) {
  if (mode != kSoftmaxOfChannels) return kRefused;
  const auto channels = static_cast<std::size_t>(at(form, 1));
  const auto inner = static_cast<std::size_t>(at(form, 2)) * static_cast<std::size_t>(at(form, 3));
  for (std::size_t n = 0; n < static_cast<std::size_t>(at(form, 0)); ++n)
    for (std::size_t i = 0; i < inner; ++i) {
      const float* from = floats(x) + n * channels * inner + i;
      float* to = floats(y) + n * channels * inner + i;
      float most = -INFINITY, total = 0;
      for (std::size_t c = 0; c < channels; ++c) most = std::max(most, from[c * inner]);
      for (std::size_t c = 0; c < channels; ++c) total += std::exp(from[c * inner] - most);
      for (std::size_t c = 0; c < channels; ++c) {
        const float log_share = from[c * inner] - most - std::log(total);
        to[c * inner] = algorithm == kSoftmaxLog ? log_share : std::exp(log_share);
      }
    }
  return 0;
}
Status cudnnSetOpTensorDescriptor(Descriptor one, int op, int, int) {
  return set(one, {op});
}
Status cudnnOpTensor(Handle, Descriptor op, const void*, Descriptor form, CardAddress a,
                     const void*, Descriptor, CardAddress b, const void*, Descriptor,
                     CardAddress c) {
  for (std::size_t i = 0; i < size(form); ++i)
    floats(c)[i] = at(op, 0) == kAdd ? floats(a)[i] + floats(b)[i] : floats(a)[i] * floats(b)[i];
  return 0;
}

}  // extern "C"
