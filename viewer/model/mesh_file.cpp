#include "viewer/model/mesh_file.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>

#include "common/config/version.h"
#include "common/io/atomic_file.h"
#include "viewer/model/export_image.h"

namespace slicecast::viewer {
namespace {

static_assert(std::endian::native == std::endian::little, "both formats are written little-endian");

// Records per piece: written and checked together, with a look at the cancel flag in between.
constexpr std::size_t kPiece = 65536;

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

template <class T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Writes `count` records that `add` appends one by one.
template <class Add>
bool write_records(std::ofstream& out, std::size_t count, IsoProgress& progress, float from,
                   float to, const Add& add) {
  std::string bytes;
  for (std::size_t i = 0; i < count && out && !progress.cancel.load();) {
    bytes.clear();
    const std::size_t end = std::min(count, i + kPiece);
    for (; i < end; ++i) add(bytes, i);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    progress.share = from + (to - from) * static_cast<float>(i) / static_cast<float>(count);
  }
  return out && !progress.cancel.load();
}

void write_ply(std::ofstream& out, const Mesh& mesh, const Provenance& provenance,
               const std::string& length_unit, IsoProgress& progress) {
  std::string header = "ply\nformat binary_little_endian 1.0\n";
  header += "comment " + one_line(provenance.to_json(-1)) + "\n";
  header += "comment lengths in " + length_unit + "\nelement vertex " +
            std::to_string(mesh.positions.size());
  for (const char* name : {"x", "y", "z", "nx", "ny", "nz"})
    header += std::string("\nproperty float ") + name;
  header += "\nelement face " + std::to_string(mesh.triangles.size()) +
            "\nproperty list uchar uint vertex_indices\nend_header\n";
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  const bool all = write_records(out, mesh.positions.size(), progress, 0, 0.5f,
                                 [&](std::string& bytes, std::size_t i) {
                                   append(bytes, mesh.positions[i]);
                                   append(bytes, mesh.normals[i]);
                                 });
  if (!all) return;
  write_records(out, mesh.triangles.size(), progress, 0.5f, 1,
                [&](std::string& bytes, std::size_t i) {
                  bytes += '\3';
                  append(bytes, mesh.triangles[i]);
                });
}

std::array<float, 3> facet_normal(const Mesh& mesh, const std::array<std::uint32_t, 3>& triangle) {
  const auto corner = [&](std::size_t i) {
    const auto& p = mesh.positions[triangle[i]];
    return Vec3{p[0], p[1], p[2]};
  };
  const Vec3 n = unit(cross(corner(1) - corner(0), corner(2) - corner(0)));
  return {static_cast<float>(n.x), static_cast<float>(n.y), static_cast<float>(n.z)};
}

void write_stl(std::ofstream& out, const Mesh& mesh, const std::string& length_unit,
               IsoProgress& progress) {
  // Readers take a header that begins with "solid" for the text format.
  std::string header = length_unit + "; slicecast-viewer " + std::string(config::version()) +
                       "; origin: see the .json file beside this one";
  header.resize(80, ' ');
  append(header, static_cast<std::uint32_t>(mesh.triangles.size()));
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  write_records(out, mesh.triangles.size(), progress, 0, 1, [&](std::string& bytes, std::size_t i) {
    append(bytes, facet_normal(mesh, mesh.triangles[i]));
    for (auto vertex : mesh.triangles[i]) append(bytes, mesh.positions[vertex]);
    append(bytes, std::uint16_t{0});
  });
}

}  // namespace

Result<void> write_mesh(const std::filesystem::path& path, const Mesh& mesh,
                        const Provenance& provenance, const std::string& length_unit,
                        IsoProgress& progress) {
  const auto extension = path.extension();
  if (extension != ".ply" && extension != ".stl")
    return Error{Errc::invalid_argument,
                 path.string() + " is neither .ply nor .stl; end its name with one of them"};
  if (mesh.triangles.empty())
    return Error{Errc::invalid_argument,
                 "the surface has no triangles; choose a level that the volume reaches"};
  auto file = io::AtomicFile::create(path);
  if (!file) return file.error();
  std::ofstream out(file->temporary(), std::ios::binary | std::ios::trunc);
  errno = 0;
  if (extension == ".ply")
    write_ply(out, mesh, provenance, length_unit, progress);
  else
    write_stl(out, mesh, length_unit, progress);
  out.close();
  if (!out) return io::write_error(path, errno != 0 ? errno : EIO);
  if (progress.cancel.load()) return Error{Errc::cancelled, "writing the surface was cancelled"};
  if (auto whole = file->commit(); !whole || extension == ".ply") return whole;
  if (auto sidecar = write_sidecar(path, provenance); !sidecar) return sidecar.error();
  return {};
}

}  // namespace slicecast::viewer
