// The part of cuDNN 9 and of the CUDA driver that the executor calls, declared by hand so that
// Slicecast compiles without NVIDIA's headers; a test compares the numbers with them where they
// are. Both libraries are loaded at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slicecast::nn::cudnn {

using Status = int;  // of either library; 0: done
using CardAddress = std::uint64_t;
using Handle = void*;
using Descriptor = void*;

inline constexpr int kFloat = 0, kNchw = 0, kCrossCorrelation = 1, kPropagateNan = 1;
inline constexpr int kFmaMath = 3;  // not TF32, which keeps 10 bits
inline constexpr int kForwardPrecomputedGemm = 1, kForwardGemm = 0;  // both implicit
inline constexpr int kBackwardDeterministic = 1, kBackwardAny = 0;
inline constexpr int kSigmoid = 0, kRelu = 1, kTanh = 2;
inline constexpr int kMaximum = 0, kAverageWithPads = 1, kAverageWithoutPads = 2;
inline constexpr int kSoftmaxAccurate = 1, kSoftmaxLog = 2, kSoftmaxOfChannels = 1;
inline constexpr int kAdd = 0, kMultiply = 1;

// X(member, name in the library, parameters); each returns a Status.
#define SLICECAST_CUDA_DRIVER_CALLS(X)                                                \
  X(init, "cuInit", (unsigned flags))                                                 \
  X(device, "cuDeviceGet", (int* device, int index))                                  \
  X(device_name, "cuDeviceGetName", (char* name, int size, int device))               \
  X(retain, "cuDevicePrimaryCtxRetain", (void** context, int device))                 \
  X(make_current, "cuCtxSetCurrent", (void* context))                                 \
  X(allocate, "cuMemAlloc_v2", (CardAddress * at, std::size_t bytes))                 \
  X(release, "cuMemFree_v2", (CardAddress at))                                        \
  X(upload, "cuMemcpyHtoD_v2", (CardAddress to, const void* from, std::size_t bytes)) \
  X(download, "cuMemcpyDtoH_v2", (void* to, CardAddress from, std::size_t bytes))     \
  X(copy, "cuMemcpyDtoD_v2", (CardAddress to, CardAddress from, std::size_t bytes))

#define SLICECAST_CUDNN_CALLS(X)                                                                  \
  X(create, "cudnnCreate", (Handle * handle))                                                     \
  X(destroy, "cudnnDestroy", (Handle handle))                                                     \
  X(create_tensor, "cudnnCreateTensorDescriptor", (Descriptor * made))                            \
  X(destroy_tensor, "cudnnDestroyTensorDescriptor", (Descriptor one))                             \
  X(set_tensor, "cudnnSetTensor4dDescriptor",                                                     \
    (Descriptor one, int format, int type, int n, int c, int h, int w))                           \
  X(create_filter, "cudnnCreateFilterDescriptor", (Descriptor * made))                            \
  X(destroy_filter, "cudnnDestroyFilterDescriptor", (Descriptor one))                             \
  X(set_filter, "cudnnSetFilter4dDescriptor",                                                     \
    (Descriptor one, int type, int format, int k, int c, int h, int w))                           \
  X(create_convolution, "cudnnCreateConvolutionDescriptor", (Descriptor * made))                  \
  X(destroy_convolution, "cudnnDestroyConvolutionDescriptor", (Descriptor one))                   \
  X(set_convolution, "cudnnSetConvolution2dDescriptor",                                           \
    (Descriptor one, int pad_rows, int pad_columns, int stride_rows, int stride_columns,          \
     int dilation_rows, int dilation_columns, int mode, int type))                                \
  X(set_groups, "cudnnSetConvolutionGroupCount", (Descriptor one, int groups))                    \
  X(set_math, "cudnnSetConvolutionMathType", (Descriptor one, int math))                          \
  X(forward_workspace, "cudnnGetConvolutionForwardWorkspaceSize",                                 \
    (Handle handle, Descriptor x, Descriptor w, Descriptor convolution, Descriptor y,             \
     int algorithm, std::size_t* bytes))                                                          \
  X(forward, "cudnnConvolutionForward",                                                           \
    (Handle handle, const void* alpha, Descriptor x_form, CardAddress x, Descriptor w_form,       \
     CardAddress w, Descriptor convolution, int algorithm, CardAddress workspace,                 \
     std::size_t workspace_bytes, const void* beta, Descriptor y_form, CardAddress y))            \
  X(backward_workspace, "cudnnGetConvolutionBackwardDataWorkspaceSize",                           \
    (Handle handle, Descriptor w, Descriptor dy, Descriptor convolution, Descriptor dx,           \
     int algorithm, std::size_t* bytes))                                                          \
  X(backward, "cudnnConvolutionBackwardData",                                                     \
    (Handle handle, const void* alpha, Descriptor w_form, CardAddress w, Descriptor dy_form,      \
     CardAddress dy, Descriptor convolution, int algorithm, CardAddress workspace,                \
     std::size_t workspace_bytes, const void* beta, Descriptor dx_form, CardAddress dx))          \
  X(add_tensor, "cudnnAddTensor",                                                                 \
    (Handle handle, const void* alpha, Descriptor a_form, CardAddress a, const void* beta,        \
     Descriptor c_form, CardAddress c))                                                           \
  X(create_activation, "cudnnCreateActivationDescriptor", (Descriptor * made))                    \
  X(destroy_activation, "cudnnDestroyActivationDescriptor", (Descriptor one))                     \
  X(set_activation, "cudnnSetActivationDescriptor",                                               \
    (Descriptor one, int mode, int nan, double coefficient))                                      \
  X(activate, "cudnnActivationForward",                                                           \
    (Handle handle, Descriptor activation, const void* alpha, Descriptor x_form, CardAddress x,   \
     const void* beta, Descriptor y_form, CardAddress y))                                         \
  X(create_pooling, "cudnnCreatePoolingDescriptor", (Descriptor * made))                          \
  X(destroy_pooling, "cudnnDestroyPoolingDescriptor", (Descriptor one))                           \
  X(set_pooling, "cudnnSetPooling2dDescriptor",                                                   \
    (Descriptor one, int mode, int nan, int rows, int columns, int pad_rows, int pad_columns,     \
     int stride_rows, int stride_columns))                                                        \
  X(pool, "cudnnPoolingForward",                                                                  \
    (Handle handle, Descriptor pooling, const void* alpha, Descriptor x_form, CardAddress x,      \
     const void* beta, Descriptor y_form, CardAddress y))                                         \
  X(softmax, "cudnnSoftmaxForward",                                                               \
    (Handle handle, int algorithm, int mode, const void* alpha, Descriptor x_form, CardAddress x, \
     const void* beta, Descriptor y_form, CardAddress y))                                         \
  X(create_op, "cudnnCreateOpTensorDescriptor", (Descriptor * made))                              \
  X(destroy_op, "cudnnDestroyOpTensorDescriptor", (Descriptor one))                               \
  X(set_op, "cudnnSetOpTensorDescriptor", (Descriptor one, int op, int type, int nan))            \
  X(combine, "cudnnOpTensor",                                                                     \
    (Handle handle, Descriptor op, const void* alpha1, Descriptor a_form, CardAddress a,          \
     const void* alpha2, Descriptor b_form, CardAddress b, const void* beta, Descriptor c_form,   \
     CardAddress c))

struct DriverCalls {
#define SLICECAST_MEMBER(member, name, parameters) Status(*member) parameters = nullptr;
  SLICECAST_CUDA_DRIVER_CALLS(SLICECAST_MEMBER)
};
struct CudnnCalls {
  std::size_t (*version)() = nullptr;
  const char* (*error_text)(Status status) = nullptr;
  SLICECAST_CUDNN_CALLS(SLICECAST_MEMBER)
#undef SLICECAST_MEMBER
};

}  // namespace slicecast::nn::cudnn
