# slicecast_card_cuda: kernels compiled for cards, and the card through the CUDA runtime.
set(SLICECAST_CUDA_ARCHITECTURES "80-real;90-real;90-virtual" CACHE STRING
  "What nvcc compiles for, in CMake's notation: sm_80, sm_90, and PTX for what comes later")
set(CMAKE_CUDA_ARCHITECTURES ${SLICECAST_CUDA_ARCHITECTURES})
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
# CMake 3.25 does not know that nvcc 12 and later speak C++20.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()

file(GLOB kernels CONFIGURE_DEPENDS device/*.cu backproject/*.cu process/*.cu nn/*.cu)
file(GLOB runtime CONFIGURE_DEPENDS device/cuda_*.cpp process/cuda_*.cpp)
function(slicecast_kernel_library name)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARGN})
  set_target_properties(${name} PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON
    CUDA_EXTENSIONS OFF UNITY_BUILD OFF)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  target_compile_options(${name} PRIVATE --expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra)
  if(NOT SLICECAST_CUDA_ALONE)  # as in alone.cmake: other compilers warn of other things
    target_compile_options(${name} PRIVATE -Werror=all-warnings -Xcompiler=-Werror -Xptxas=-Werror)
  endif()
endfunction()
slicecast_kernel_library(slicecast_kernels ${kernels})
slicecast_kernel_library(slicecast_bench_kernels bench/kernels.cu)
slicecast_kernel_library(slicecast_test_kernels tests/real/kernels_for_tests.cu)

add_library(slicecast_card_cuda OBJECT EXCLUDE_FROM_ALL ${runtime})
target_link_libraries(slicecast_card_cuda PUBLIC slicecast_options CUDA::cudart_static)
target_include_directories(slicecast_card_cuda SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
# dlopen() looks for cuFFT where the file that calls it says, too.
target_link_options(slicecast_card_cuda PUBLIC "-Wl,-rpath,${CUDAToolkit_LIBRARY_DIR}")

slicecast_card_module(slicecast_cuda module/cuda_cards.cpp)
target_link_libraries(slicecast_cuda PRIVATE slicecast_kernels slicecast_card_cuda slicecast_card
  slicecast_recon_core)

add_executable(cuda_bench bench/main.cpp)
target_link_libraries(cuda_bench PRIVATE slicecast_card_bench slicecast_bench_kernels
  slicecast_kernels slicecast_card_cuda slicecast_card slicecast_recon_core)
if(NOT SLICECAST_CUDA_ALONE)
  set_target_properties(cuda_bench PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
