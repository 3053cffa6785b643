#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numbers>
#include <random>

#include "viewer/model/cell_contours.h"
#include "viewer/model/iso_surface.h"
#include "viewer/model/mesh_file.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

constexpr double kPi = std::numbers::pi;

// Value falls with the distance from a centre, 0 at `radius`.
std::vector<float> ball(int n, double voxel, double radius) {
  std::vector<float> values;
  for (int k = 0; k < n; ++k)
    for (int r = 0; r < n; ++r)
      for (int c = 0; c < n; ++c) {
        const double h = (n - 1) / 2.0;
        values.push_back(static_cast<float>(
            radius - voxel * std::sqrt((c - h) * (c - h) + (r - h) * (r - h) + (k - h) * (k - h))));
      }
  return values;
}

VolumeView cube(const std::vector<float>& values, int n, double voxel = 1, Vec3 centre = {}) {
  return {values.data(), n, n, n, voxel, centre};
}

Mesh surface(const VolumeView& volume, double level) {
  IsoProgress progress;
  auto mesh = iso_surface(volume, level, progress);
  REQUIRE(mesh);
  CHECK(progress.share == 1);
  return *mesh;
}

// Every side of a triangle is used once in each direction.
bool watertight(const Mesh& mesh) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> sides;
  for (const auto& t : mesh.triangles)
    for (std::size_t i = 0; i < 3; ++i) ++sides[{t[i], t[(i + 1) % 3]}];
  for (const auto& [side, uses] : sides) {
    const auto back = sides.find({side.second, side.first});
    if (uses != 1 || back == sides.end() || back->second != 1) return false;
  }
  return true;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::filesystem::path scratch(const char* name) {
  return std::filesystem::temp_directory_path() /
         (std::to_string(::getpid()) + "-" + std::string(name));
}

}  // namespace

TEST_CASE("no volume, a level that is no number, a cancelled and a too large surface are refused") {
  const auto values = ball(16, 1, 5);
  IsoProgress progress;
  CHECK(iso_surface({}, 0, progress).error().code == Errc::not_found);
  CHECK(iso_surface(cube(values, 16), std::nan(""), progress).error().code ==
        Errc::invalid_argument);
  CHECK(iso_surface(cube(values, 16), 0, progress, 10).error().code == Errc::resource_exhausted);
  progress.cancel = true;
  CHECK(iso_surface(cube(values, 16), 0, progress).error().code == Errc::cancelled);
}

TEST_CASE("files of other kinds, empty surfaces and cancelled writes leave nothing behind") {
  const auto values = ball(16, 1, 5);
  const auto mesh = surface(cube(values, 16), 0);
  IsoProgress progress;
  CHECK_FALSE(write_mesh(scratch("ball.obj"), mesh, {}, "mm", progress));
  CHECK_FALSE(write_mesh(scratch("ball.ply"), Mesh{}, {}, "mm", progress));
  CHECK_FALSE(write_mesh(scratch("nowhere") / "ball.ply", mesh, {}, "mm", progress));
  progress.cancel = true;
  CHECK(write_mesh(scratch("ball.stl"), mesh, {}, "mm", progress).error().code == Errc::cancelled);
  CHECK_FALSE(std::filesystem::exists(scratch("ball.stl")));
  CHECK_FALSE(std::filesystem::exists(scratch("ball.stl.json")));
}

TEST_CASE("a level that nothing reaches gives an empty surface") {
  const auto values = ball(16, 1, 5);
  CHECK(surface(cube(values, 16), 100).triangles.empty());
  const std::vector<float> nans(27, std::nanf(""));
  CHECK(surface(cube(nans, 3), 0).triangles.empty());
}

TEST_CASE("every pattern of a cell is triangulated whole: loops of n edges give n - 2 triangles") {
  for (int pattern = 0; pattern < 256; ++pattern) {
    std::map<std::uint8_t, int> turns;  // corners of triangles by edge
    std::map<std::pair<std::uint8_t, std::uint8_t>, int> sides;
    for (const auto& t : cell_triangles()[static_cast<std::size_t>(pattern)])
      for (std::size_t i = 0; i < 3; ++i) {
        ++turns[t[i]];
        ++sides[{t[i], t[(i + 1) % 3]}];
      }
    std::size_t crossed = 0, border = 0;
    for (const auto& edge : kCellEdges) {
      const int a = edge.corner, b = a | 1 << edge.direction;
      crossed += (pattern >> a & 1) != (pattern >> b & 1) ? 1 : 0;
    }
    for (const auto& [side, uses] : sides) {
      CHECK(uses == 1);
      border += sides.count({side.second, side.first}) == 0 ? 1 : 0;
    }
    CHECK(turns.size() == crossed);
    CHECK(border == crossed);  // the loops have as many sides as edges
  }
}

TEST_CASE("a ball has its area and volume, is watertight, and faces outward") {
  const Vec3 centre{3, -4, 5};
  const auto values = ball(40, 0.5, 8);
  const auto mesh = surface(cube(values, 40, 0.5, centre), 0);
  CHECK(area_mm2(mesh) == Approx(4 * kPi * 64).epsilon(0.02));
  CHECK(volume_mm3(mesh) == Approx(4 * kPi / 3 * 512).epsilon(0.02));
  CHECK(watertight(mesh));
  REQUIRE(mesh.normals.size() == mesh.positions.size());
  double worst = 1;
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    const Vec3 p{mesh.positions[i][0], mesh.positions[i][1], mesh.positions[i][2]};
    const Vec3 n{mesh.normals[i][0], mesh.normals[i][1], mesh.normals[i][2]};
    worst = std::min(worst, dot(unit(p - centre), n));
    CHECK(geometry::norm(p - centre) == Approx(8).epsilon(0.01));
  }
  CHECK(worst > 0.98);
}

TEST_CASE("a body that reaches the border is closed by flat caps") {
  const std::vector<float> full(27, 1.0f);
  const auto mesh = surface(cube(full, 3), 0.5);
  CHECK(watertight(mesh));
  CHECK(volume_mm3(mesh) > 0.8 * 27);
  CHECK(volume_mm3(mesh) <= 27.001);
  const float one = 1;
  CHECK(watertight(surface({&one, 1, 1, 1, 1, {}}, 0.5)));
}

TEST_CASE("noise with ambiguous faces, values at the level and NaN is watertight") {
  std::mt19937 random(7);
  for (int pass = 0; pass < 4; ++pass) {
    std::vector<float> values(14 * 14 * 14);
    for (float& value : values) {
      const auto draw = random() % 40;
      value = draw == 0 ? std::nanf("") : draw == 1 ? 0.0f : static_cast<float>(draw) - 20;
    }
    const auto mesh = surface(cube(values, 14), 0);
    CHECK(mesh.triangles.size() > 1000);
    CHECK(watertight(mesh));
    bool unit_normals = true;
    for (const auto& n : mesh.normals)
      unit_normals = unit_normals && std::abs(std::hypot(n[0], n[1], n[2]) - 1) < 1e-3;
    CHECK(unit_normals);
  }
}

TEST_CASE("PLY holds provenance, all vertices and all triangles") {
  const auto values = ball(12, 1, 4);
  const auto mesh = surface(cube(values, 12), 0);
  const auto path = scratch("ball.ply");
  IsoProgress progress;
  Provenance origin;
  origin.add("scan_id", std::string("scan\n7"));
  REQUIRE(write_mesh(path, mesh, origin, "px", progress));
  CHECK(progress.share == 1);
  const auto text = contents(path);
  const auto end = text.find("end_header\n") + 11;
  CHECK(
      text.starts_with("ply\nformat binary_little_endian 1.0\ncomment {\"scan_id\":\"scan\\n7\"}\n"
                       "comment lengths in px\nelement"));
  CHECK(text.find("element vertex " + std::to_string(mesh.positions.size())) < end);
  CHECK(text.size() - end == mesh.positions.size() * 24 + mesh.triangles.size() * 13);
  std::array<std::uint32_t, 3> last{};
  std::memcpy(last.data(), text.data() + text.size() - 12, 12);
  CHECK(last == mesh.triangles.back());
  std::filesystem::remove(path);
}

TEST_CASE("STL holds 50 bytes per triangle after its header, its origin lies beside it") {
  const auto values = ball(12, 1, 4);
  const auto mesh = surface(cube(values, 12), 0);
  const auto path = scratch("ball.stl");
  IsoProgress progress;
  Provenance origin;
  origin.add("scan_id", "solid " + std::string(100, 'x'));
  REQUIRE(write_mesh(path, mesh, origin, "px", progress));
  const auto text = contents(path);
  CHECK(text.size() == 84 + 50 * mesh.triangles.size());
  CHECK(text.starts_with("px; slicecast-viewer "));
  auto beside = path;
  beside += ".json";
  CHECK(contents(beside).find("\"scan_id\": \"solid xxx") != std::string::npos);
  std::filesystem::remove(beside);
  std::uint32_t count = 0;
  std::memcpy(&count, text.data() + 80, 4);
  CHECK(count == mesh.triangles.size());
  std::filesystem::remove(path);
}
