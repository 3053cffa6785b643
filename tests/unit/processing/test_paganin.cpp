// Phase retrieval against closed-form values.
#include "common/recon/paganin.h"

#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

ProcessDesc transmission_desc(const geometry::ScanGeometry& g) {
  ProcessDesc desc;
  desc.geometry = g;
  if (g.beam == geometry::Beam::cone) desc.coverage = Coverage::full_turn;
  desc.pixel_type = PixelType::f32;
  desc.parameters.incident_counts = 1;
  desc.parameters.paganin = {20, 500, 400};
  return desc;
}

std::vector<double> cosine_frame(int rows, int columns, int ku, int kv, double depth) {
  std::vector<double> frame;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      frame.push_back(0.5 + depth * std::cos(std::numbers::pi * ku * (c + 0.5) / columns) *
                                std::cos(std::numbers::pi * kv * (r + 0.5) / rows));
  return frame;
}

void retrieves(const ProcessDesc& desc, const std::vector<double>& from,
               const std::vector<double>& to) {
  const auto raw = frame_of(PixelType::f32, from);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
    const Output out = line_image(*processor, raw.data());
    for (std::size_t i = 0; i < to.size(); ++i)
      REQUIRE(out.pixels[i] == Approx(-std::log(to[i])).epsilon(2e-6));
  }
}

}  // namespace

TEST_CASE("a photon of 12.4 keV has a wavelength of one angstrom") {
  CHECK(wavelength_mm(12.398419843) == Approx(1e-7).epsilon(1e-9));
}

TEST_CASE("the strength is pi lambda z delta/beta, with the effective distance in cone beam") {
  const PaganinParameters p{20, 300, 100};
  const double lambda = 12.398419843e-7 / 20;
  CHECK(paganin_strength(p, false, 0) == Approx(std::numbers::pi * lambda * 300 * 100));
  CHECK(paganin_strength(p, true, 600) ==
        Approx(std::numbers::pi * lambda * (600.0 * 300 / 900) * 100));
}

TEST_CASE("a uniform transmission passes unchanged") {
  const ProcessDesc desc = transmission_desc(parallel_scan(7, 12, 0.002));
  const std::vector<double> uniform(7 * 12, 0.37);
  retrieves(desc, uniform, uniform);
}

TEST_CASE("a cosine is damped by exactly 1/(1 + pi lambda z (delta/beta) f^2)") {
  const int rows = 11, columns = 24;
  for (const auto& [ku, kv] : {std::pair{5, 0}, {0, 3}, {7, 4}}) {
    const ProcessDesc desc = transmission_desc(parallel_scan(rows, columns, 0.002));
    const double fu = ku / (2 * columns * 0.002), fv = kv / (2 * rows * 0.002);  // cycles/mm
    const double lambda = 12.398419843e-7 / 20;
    const double damping = 1 / (1 + std::numbers::pi * lambda * 500 * 400 * (fu * fu + fv * fv));
    CHECK(damping < 0.9);
    retrieves(desc, cosine_frame(rows, columns, ku, kv, 0.3),
              cosine_frame(rows, columns, ku, kv, 0.3 * damping));
  }
}

TEST_CASE("in cone beam frequencies and distance are those at the sample") {
  geometry::ScanGeometry g = cone_scan(8, 16);
  g.pixel_mm = 0.01;  // magnification 500/300
  const ProcessDesc desc = transmission_desc(g);
  const double lambda = 12.398419843e-7 / 20, z = 300.0 * 500 / 800;
  const double f = 3 / (2 * 16 * 0.01 * 300 / 500);
  const double damping = 1 / (1 + std::numbers::pi * lambda * z * 400 * f * f);
  CHECK(damping < 0.97);
  retrieves(desc, cosine_frame(8, 16, 3, 0, 0.3), cosine_frame(8, 16, 3, 0, 0.3 * damping));
}

}  // namespace slicecast::recon::test
