// What was written down of cuFFT by hand.
#include <string>

#include <catch2/catch.hpp>

#include "cuda/process/cufft_calls.h"

#if __has_include(<cufft.h>)
#include <cufft.h>
#endif

using namespace slicecast::cuda;

TEST_CASE("the library of cuFFT is named by its interface's version") {
  CHECK(std::string(cufft::kLibrary).starts_with("libcufft.so."));
#if __has_include(<cufft.h>)
  CHECK(cufft::kLibrary == "libcufft.so." + std::to_string(CUFFT_VER_MAJOR));
  CHECK(sizeof(cufft::Plan) == sizeof(cufftHandle));
  CHECK(sizeof(cufft::Kind) == sizeof(cufftType));
  CHECK(cufft::kDone == CUFFT_SUCCESS);
  CHECK(cufft::kNoMemory == CUFFT_ALLOC_FAILED);
  CHECK(static_cast<int>(cufft::Kind::real_to_complex) == CUFFT_R2C);
  CHECK(static_cast<int>(cufft::Kind::complex_to_real) == CUFFT_C2R);
  CHECK(static_cast<int>(cufft::Kind::complex_to_complex) == CUFFT_C2C);
  CHECK(cufft::kForward == CUFFT_FORWARD);
  CHECK(cufft::kInverse == CUFFT_INVERSE);
#endif
}
