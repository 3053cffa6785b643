// Discrete Fourier transforms of a few points in the registers of one thread.
//
// dft<R> takes x[0..R) in natural order to X[q] = sum_k x[k] exp(-+2 pi i k q / R), unscaled, in
// natural order (Cooley & Tukey 1965); kInverse takes the upper sign of the exponent to plus. All
// indices are constants after unrolling, so that nothing leaves the registers.
#pragma once

#include <type_traits>
#include <utility>

#include "cuda/device/portable.h"

namespace slicecast::cuda::fft {

SLICECAST_HD Float2 operator+(Float2 a, Float2 b) {
  return {a.x + b.x, a.y + b.y};
}
SLICECAST_HD Float2 operator-(Float2 a, Float2 b) {
  return {a.x - b.x, a.y - b.y};
}
SLICECAST_HD Float2 operator*(Float2 a, Float2 b) {
  return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x};
}
SLICECAST_HD Float2 conjugate(Float2 a) {
  return {a.x, -a.y};
}
template <bool kInverse>
SLICECAST_HD Float2 turned_quarter(Float2 a) {  // times -i, inverse: times i
  return kInverse ? Float2{-a.y, a.x} : Float2{a.y, -a.x};
}

// step(constant<0>), ..., step(constant<kCount - 1>).
template <class Step, int... kIndex>
SLICECAST_HD void unrolled(std::integer_sequence<int, kIndex...>, const Step& step) {
  (step(std::integral_constant<int, kIndex>{}), ...);
}
template <int kCount, class Step>
SLICECAST_HD void unrolled(const Step& step) {
  unrolled(std::make_integer_sequence<int, kCount>{}, step);
}

// cos(2 pi k / n) and sin(2 pi k / n) at compile time, by their series within an eighth of a turn.
constexpr double series(double x, bool sine) {
  double term = sine ? x : 1, sum = term;
  for (int i = sine ? 2 : 1; i < 24; i += 2) sum += term *= -x * x / (i * (i + 1));
  return sum;
}
constexpr double cosine_of_turn(int k, int n);
constexpr double sine_of_turn(int k, int n) {
  k = ((k % n) + n) % n;
  if (2 * k > n) return -sine_of_turn(n - k, n);
  if (4 * k > n) return sine_of_turn(n - 2 * k, 2 * n);  // sin(pi - x)
  if (8 * k > n) return cosine_of_turn(n - 4 * k, 4 * n);
  return series(2 * 3.14159265358979323846 * k / n, true);
}
constexpr double cosine_of_turn(int k, int n) {
  k = ((k % n) + n) % n;
  if (2 * k > n) return cosine_of_turn(n - k, n);
  if (4 * k > n) return -cosine_of_turn(n - 2 * k, 2 * n);
  if (8 * k > n) return sine_of_turn(n - 4 * k, 4 * n);
  return series(2 * 3.14159265358979323846 * k / n, false);
}

// a exp(-+2 pi i k / n).
template <int k, int n, bool kInverse>
SLICECAST_HD Float2 turned(Float2 a) {
  if constexpr (k % n == 0) {
    return a;
  } else if constexpr (4 * (k % n) == n) {
    return turned_quarter<kInverse>(a);
  } else if constexpr (2 * (k % n) == n) {
    return {-a.x, -a.y};
  } else if constexpr (8 * (k % n) == n) {  // two products fewer
    constexpr auto kHalfRoot = static_cast<float>(cosine_of_turn(1, 8));
    return kInverse ? Float2{kHalfRoot * (a.x - a.y), kHalfRoot * (a.y + a.x)}
                    : Float2{kHalfRoot * (a.x + a.y), kHalfRoot * (a.y - a.x)};
  } else {
    constexpr auto c = static_cast<float>(cosine_of_turn(k, n));
    constexpr auto s = static_cast<float>(kInverse ? sine_of_turn(k, n) : -sine_of_turn(k, n));
    return {a.x * c - a.y * s, a.x * s + a.y * c};
  }
}

// How a composite size is split: kOuter transforms of every kInner-th point first.
template <int R>
struct Split;
template <>
struct Split<6> {
  static constexpr int kOuter = 2, kInner = 3;
};
template <>
struct Split<8> {
  static constexpr int kOuter = 2, kInner = 4;
};
template <>
struct Split<12> {
  static constexpr int kOuter = 3, kInner = 4;
};
template <>
struct Split<16> {
  static constexpr int kOuter = 4, kInner = 4;
};
template <>
struct Split<24> {
  static constexpr int kOuter = 3, kInner = 8;
};

template <int R, bool kInverse>
SLICECAST_HD void dft(Float2 (&x)[R]) {
  if constexpr (R == 1) {
    return;
  } else if constexpr (R == 2) {
    const Float2 difference = x[0] - x[1];
    x[0] = x[0] + x[1];
    x[1] = difference;
  } else if constexpr (R == 3) {
    constexpr auto kHeight = static_cast<float>(sine_of_turn(1, 3));
    const Float2 sum = x[1] + x[2], difference = x[1] - x[2];
    const Float2 middle = {x[0].x - 0.5F * sum.x, x[0].y - 0.5F * sum.y};
    const Float2 side = turned_quarter<kInverse>({kHeight * difference.x, kHeight * difference.y});
    x[0] = x[0] + sum;
    x[1] = middle + side;
    x[2] = middle - side;
  } else if constexpr (R == 4) {
    const Float2 even = x[0] + x[2], odd = x[1] + x[3];
    const Float2 even_difference = x[0] - x[2];
    const Float2 odd_difference = turned_quarter<kInverse>(x[1] - x[3]);
    x[0] = even + odd;
    x[1] = even_difference + odd_difference;
    x[2] = even - odd;
    x[3] = even_difference - odd_difference;
  } else {
    constexpr int A = Split<R>::kOuter, B = Split<R>::kInner;
    Float2 columns[A][B];
    unrolled<B>([&](auto b) {
      Float2 outer[A];
      unrolled<A>([&](auto a) { outer[a] = x[B * a + b]; });
      dft<A, kInverse>(outer);
      unrolled<A>([&](auto a) { columns[a][b] = turned<b * a, R, kInverse>(outer[a]); });
    });
    unrolled<A>([&](auto a) {
      dft<B, kInverse>(columns[a]);
      unrolled<B>([&](auto b) { x[a + A * b] = columns[a][b]; });
    });
  }
}

// dft of points whose second half is zero: x[0..R/2) in, x[0..R) out. Rows padded with zeros.
template <int R>
SLICECAST_HD void dft_of_half(Float2 (&x)[R]) {
  constexpr int kHalf = R / 2;
  Float2 even[kHalf], odd[kHalf];
  unrolled<kHalf>([&](auto k) {
    even[k] = x[k];
    odd[k] = turned<k, R, false>(x[k]);
  });
  dft<kHalf, false>(even);
  dft<kHalf, false>(odd);
  unrolled<kHalf>([&](auto k) {
    x[2 * k] = even[k];
    x[2 * k + 1] = odd[k];
  });
}

// Inverse dft of which only the first half is wanted: x[0..R) in, x[0..R/2) out.
template <int R>
SLICECAST_HD void half_of_inverse_dft(Float2 (&x)[R]) {
  constexpr int kHalf = R / 2;
  Float2 even[kHalf], odd[kHalf];
  unrolled<kHalf>([&](auto k) {
    even[k] = x[2 * k];
    odd[k] = x[2 * k + 1];
  });
  dft<kHalf, true>(even);
  dft<kHalf, true>(odd);
  unrolled<kHalf>([&](auto k) { x[k] = even[k] + turned<k, R, true>(odd[k]); });
}

}  // namespace slicecast::cuda::fft
