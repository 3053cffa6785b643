// A complex transform of one row in shared memory, forward and back, in place.
//
// Forward passes decimate in frequency: each thread takes the points of a butterfly, transforms and
// twiddles them and puts them back where they were, so that one barrier per pass is enough and the
// spectrum lies in digit-reversed order. A pointwise product does not mind the order (its factors
// are permuted once, spectrum_index()), and the inverse passes are the same ones backwards. The
// last forward and the first inverse pass meet in registers.
//
// Points are skewed in shared memory, so that the strides of the later passes fall into different
// banks.
#pragma once

#include <array>
#include <cstddef>

#include "cuda/kernels/fft_butterfly.h"

namespace slicecast::cuda::fft {

// The lengths there are. Radices multiply to the length, the first is even; `threads` work on one
// row, `rows` rows share a block. The skew fits the radix of the last pass, whose stride is that.
template <int kLength>
struct Shape;
template <>
struct Shape<128> {
  static constexpr std::array<int, 2> kRadix{16, 8};
  static constexpr int kThreads = 8, kRows = 8, kSkew = 4;
};
template <>
struct Shape<512> {
  static constexpr std::array<int, 3> kRadix{16, 8, 4};
  static constexpr int kThreads = 32, kRows = 2, kSkew = 4;
};
template <>
struct Shape<1024> {
  static constexpr std::array<int, 3> kRadix{16, 16, 4};
  static constexpr int kThreads = 64, kRows = 1, kSkew = 4;
};
template <>
struct Shape<1536> {
  static constexpr std::array<int, 3> kRadix{24, 8, 8};
  static constexpr int kThreads = 64, kRows = 1, kSkew = 3;
};
template <>
struct Shape<2048> {
  static constexpr std::array<int, 3> kRadix{16, 16, 8};
  static constexpr int kThreads = 128, kRows = 1, kSkew = 4;
};
template <>
struct Shape<3072> {
  static constexpr std::array<int, 3> kRadix{24, 16, 8};
  static constexpr int kThreads = 128, kRows = 1, kSkew = 4;
};
template <>
struct Shape<4096> {
  static constexpr std::array<int, 3> kRadix{16, 16, 16};
  static constexpr int kThreads = 256, kRows = 1, kSkew = 4;
};
template <>
struct Shape<6144> {
  static constexpr std::array<int, 3> kRadix{24, 16, 16};
  static constexpr int kThreads = 256, kRows = 1, kSkew = 4;
};
template <>
struct Shape<8192> {
  static constexpr std::array<int, 4> kRadix{16, 8, 8, 8};
  static constexpr int kThreads = 512, kRows = 1, kSkew = 3;
};
template <>
struct Shape<12288> {
  static constexpr std::array<int, 4> kRadix{24, 8, 8, 8};
  static constexpr int kThreads = 512, kRows = 1, kSkew = 3;
};
template <>
struct Shape<16384> {
  static constexpr std::array<int, 4> kRadix{16, 16, 8, 8};
  static constexpr int kThreads = 512, kRows = 1, kSkew = 3;
};
inline constexpr std::array<int, 11> kLengths{128,  512,  1024, 1536,  2048, 3072,
                                              4096, 6144, 8192, 12288, 16384};

// Length of the pieces that pass p works on.
template <int kLength>
constexpr int piece_length(int pass) {
  int length = kLength;
  for (int p = 0; p < pass; ++p) length /= Shape<kLength>::kRadix[p];
  return length;
}

// Twiddles of a butterfly: the powers 1..radix-1 of one number. Powers below `fine` and multiples
// of it are in the table, the others are a product of two of them, so that no error adds up.
constexpr int fine_powers(int radix) {
  return radix == 24 ? 8 : radix >= 4 ? 4 : radix;
}
constexpr int stored_powers(int radix) {
  return (fine_powers(radix) - 1) + (radix / fine_powers(radix) - 1);
}
// The power that entry `stored` of the table holds.
constexpr int power_of_entry(int radix, int stored) {
  const int fine = fine_powers(radix);
  return stored < fine - 1 ? stored + 1 : (stored - (fine - 1) + 1) * fine;
}

// Where the table of pass p begins: [entry][place in the piece's first part], passes one after the
// other; the last pass needs none.
template <int kLength>
constexpr int twiddle_offset(int pass) {
  int offset = 0;
  for (int p = 0; p < pass; ++p) {
    const int radix = Shape<kLength>::kRadix[p];
    offset += stored_powers(radix) * (piece_length<kLength>(p) / radix);
  }
  return offset;
}

// Frequency of the number at `place` after the forward passes.
template <int kLength>
constexpr int spectrum_index(int place) {
  int frequency = 0, stride = 1, length = kLength;
  for (const int radix : Shape<kLength>::kRadix) {
    length /= radix;
    frequency += place / length % radix * stride;
    stride *= radix;
  }
  return frequency;
}

template <int kLength>
struct Passes {
  using S = Shape<kLength>;
  static constexpr int kPasses = static_cast<int>(S::kRadix.size());
  static constexpr int kPoints = kLength + (kLength >> S::kSkew);  // of shared memory, per row

  // Of the points of any butterfly: skewed(first + q step) = skewed(first) + skewed(q step), so
  // that all but one of its places are constants beside the first.
  SLICECAST_HD static constexpr int skewed(int point) { return point + (point >> S::kSkew); }

  template <int kPass>
  static constexpr int kRadix = S::kRadix[kPass];

  // x[q] *= w^q (inverse: conjugate), w the twiddle of the place within the piece.
  template <int kPass, bool kInverse>
  SLICECAST_HD static void twiddle(Float2 (&x)[kRadix<kPass>], const Float2* table, int place) {
    constexpr int R = kRadix<kPass>, kStep = piece_length<kLength>(kPass) / R;
    constexpr int F = fine_powers(R), kStored = stored_powers(R);
    const Float2* own = table + twiddle_offset<kLength>(kPass) + place;
    Float2 power[kStored];
    unrolled<kStored>([&](auto i) {
      power[i] = load_once(own + i * kStep);
      if constexpr (kInverse) power[i] = conjugate(power[i]);
    });
    unrolled<R>([&](auto q) {
      constexpr int kHigh = q / F, kLow = q % F;
      if constexpr (q == 0) {
        return;
      } else if constexpr (kHigh == 0) {
        x[q] = x[q] * power[kLow - 1];
      } else if constexpr (kLow == 0) {
        x[q] = x[q] * power[F - 1 + kHigh - 1];
      } else {
        x[q] = x[q] * (power[F - 1 + kHigh - 1] * power[kLow - 1]);
      }
    });
  }

  // Calls step(butterfly) for this thread's share of the butterflies of a pass.
  template <int kPass, class Step>
  SLICECAST_HD static void butterflies(int thread, const Step& step) {
    constexpr int kCount = kLength / kRadix<kPass>, kRounds = kCount / S::kThreads;
    for (int round = 0; round < kRounds; ++round) step(thread + round * S::kThreads);
    if constexpr (kCount % S::kThreads != 0) {
      if (const int b = thread + kRounds * S::kThreads; b < kCount) step(b);
    }
  }

  // load(point, x) fills the first half of the inputs of the first pass: x[k] is the point
  // place + k length / R of a row whose second half is zero.
  template <class Load>
  SLICECAST_HD static void first_forward(int thread, Float2* shared, const Float2* table,
                                         const Load& load) {
    constexpr int R = kRadix<0>, kStep = kLength / R;
    butterflies<0>(thread, [&](int place) {
      Float2 x[R];
      load(place, x);
      dft_of_half<R>(x);
      twiddle<0, false>(x, table, place);
      Float2* const own = shared + skewed(place);
      unrolled<R>([&](auto q) { own[skewed(q * kStep)] = x[q]; });
    });
  }

  template <int kPass, bool kInverse>
  SLICECAST_HD static void middle(int thread, Float2* shared, const Float2* table) {
    constexpr int R = kRadix<kPass>, kPiece = piece_length<kLength>(kPass), kStep = kPiece / R;
    butterflies<kPass>(thread, [&](int b) {
      const int place = b % kStep, first = b / kStep * kPiece + place;
      Float2* const own = shared + skewed(first);
      Float2 x[R];
      unrolled<R>([&](auto q) { x[q] = own[skewed(q * kStep)]; });
      if constexpr (kInverse) twiddle<kPass, true>(x, table, place);
      dft<R, kInverse>(x);
      if constexpr (!kInverse) twiddle<kPass, false>(x, table, place);
      unrolled<R>([&](auto q) { own[skewed(q * kStep)] = x[q]; });
    });
  }

  // Last forward pass, product with `gain` (in the order of the spectrum), first inverse pass.
  SLICECAST_HD static void turn_back(int thread, Float2* shared, const float* gain) {
    constexpr int kPass = kPasses - 1, R = kRadix<kPass>;
    butterflies<kPass>(thread, [&](int b) {
      Float2* const own = shared + skewed(b * R);
      Float2 x[R];
      unrolled<R>([&](auto q) { x[q] = own[skewed(q)]; });
      dft<R, false>(x);
      static_assert(R % 4 == 0, "factors are loaded by four");
      unrolled<R / 4>([&](auto i) {
        constexpr int q = 4 * i;
        const Float4 by = load_once(reinterpret_cast<const Float4*>(gain + b * R) + i);
        x[q] = {x[q].x * by.x, x[q].y * by.x};
        x[q + 1] = {x[q + 1].x * by.y, x[q + 1].y * by.y};
        x[q + 2] = {x[q + 2].x * by.z, x[q + 2].y * by.z};
        x[q + 3] = {x[q + 3].x * by.w, x[q + 3].y * by.w};
      });
      dft<R, true>(x);
      unrolled<R>([&](auto q) { own[skewed(q)] = x[q]; });
    });
  }

  // store(place, x) gets the points of the first half of the row, as load() gives them.
  template <class Store>
  SLICECAST_HD static void last_inverse(int thread, const Float2* shared, const Float2* table,
                                        const Store& store) {
    constexpr int R = kRadix<0>, kStep = kLength / R;
    butterflies<0>(thread, [&](int place) {
      const Float2* const own = shared + skewed(place);
      Float2 x[R];
      unrolled<R>([&](auto q) { x[q] = own[skewed(q * kStep)]; });
      twiddle<0, true>(x, table, place);
      half_of_inverse_dft<R>(x);
      store(place, x);
    });
  }
};

}  // namespace slicecast::cuda::fft
