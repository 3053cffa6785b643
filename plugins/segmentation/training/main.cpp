// slicecast-training-slices: what train.py learns from.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "common/config/program.h"
#include "common/io/image_file.h"
#include "plugins/segmentation/training/draws.h"
#include "plugins/segmentation/training/labelled_slice.h"

namespace {

using namespace slicecast;
using namespace slicecast::training;
using config::Type;

constexpr std::uint32_t kPixelStream = 3;

std::vector<config::Option> options() {
  const auto whole = [](const char* name, std::int64_t value, double low, double high,
                        const char* doc) {
    return config::Option{.name = name,
                          .type = Type::integer,
                          .default_value = value,
                          .doc = doc,
                          .minimum = low,
                          .maximum = high};
  };
  return {
      {.name = "out", .default_value = "", .doc = "Folder for values.npy, labels.npy, slices.json"},
      whole("first_seed", 1, 0, 1e15, "Seed of the first scan; the next scans have the next seeds"),
      whole("scans", 10, 1, 1e6, "Simulated scans"),
      whole("slices", 6, 1, 1e4, "Slices of each scan"),
      whole("size", kSlicePixels, 16, 4096, "Rows and columns of a slice"),
      {.name = "orientation",
       .type = Type::choice,
       .default_value = "random",
       .doc = "How slices lie",
       .choices = {"random", "axis_aligned"}},
      {.name = "vary",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Vary sample and dose from scan to scan, and pixel size from slice to slice; else "
              "all is as in the demo but for seeds and times"},
  };
}

nlohmann::json json_of(geometry::Vec3 v) {
  return {v.x, v.y, v.z};
}

template <class T>
Result<void> append(io::VolumeWriter& writer, const std::vector<T>& pixels) {
  return writer.append(std::as_bytes(std::span(pixels)));
}

Result<void> run(const config::Settings& settings) {
  const std::filesystem::path folder = settings.text("out");
  if (folder.empty())
    return Error{Errc::invalid_argument, "--out is missing; name a folder for the slices"};
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    return Error{Errc::io, folder.string() + " cannot be made: " + failure.message() +
                               "; give --out a folder that can be written"};
  const int size = static_cast<int>(settings.integer("size"));
  const int scans = static_cast<int>(settings.integer("scans"));
  const auto per_scan = static_cast<std::uint32_t>(settings.integer("slices"));
  const bool vary = settings.boolean("vary");
  const auto orientation =
      settings.text("orientation") == "random" ? Orientation::random : Orientation::axis_aligned;
  const int total = scans * static_cast<int>(per_scan);
  auto values = io::VolumeWriter::create(folder / "values.npy", total, size, size, PixelType::f32);
  if (!values) return values.error();
  auto labels = io::VolumeWriter::create(folder / "labels.npy", total, size, size, PixelType::u8);
  if (!labels) return labels.error();
  auto described = nlohmann::json::array();
  for (int i = 0; i < scans; ++i) {
    const auto seed = static_cast<std::uint64_t>(settings.integer("first_seed") + i);
    const Variation variation = vary ? varied(seed) : usual(seed);
    const auto scan = simulate(variation);
    if (!scan) return scan.error();
    Draws pixel_sizes(seed, kPixelStream);
    for (std::uint32_t n = 0; n < per_scan; ++n) {
      const double pixel_mm = kSlicePixelMm * (vary ? pixel_sizes.between(0.85, 1.2) : 1);
      const auto pose = random_pose(scan->filtered.field, orientation, size, pixel_mm, seed, n);
      const auto slice = labelled_slice(*scan, pose, size, size);
      if (auto ok = append(*values, slice.values); !ok) return ok;
      if (auto ok = append(*labels, slice.labels); !ok) return ok;
      described.push_back({{"seed", seed},
                           {"first_projection", variation.first_projection},
                           {"incident_counts", variation.incident_counts},
                           {"attenuation", variation.attenuation},
                           {"radius", variation.radius},
                           {"speed", variation.speed},
                           {"bubble_size", variation.bubble_size},
                           {"bubbles", variation.bubbles},
                           {"pixel_mm", pixel_mm},
                           {"base_mm", json_of(pose.base)},
                           {"axis1_mm", json_of(pose.axis1)},
                           {"axis2_mm", json_of(pose.axis2)}});
    }
  }
  if (auto ok = values->finish(); !ok) return ok;
  if (auto ok = labels->finish(); !ok) return ok;
  std::ofstream file(folder / "slices.json");
  file << described.dump(1) << "\n";
  file.close();
  if (!file)
    return Error{Errc::io, (folder / "slices.json").string() + " was not written; is there room?"};
  std::printf("%d slices of %d scans in %s\n", total, scans, folder.c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = config::parse_command(
      {"slicecast-training-slices",
       "Simulates scans as the demo does and writes slices of them with what each pixel truly is "
       "(0 outside, 1 gel, 2 container, 3 bubble, 255 outside the field of view).",
       {}},
      options(), argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
    return 2;
  }
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = run(parsed->settings); !ok) {
    std::fprintf(stderr, "%s\n", ok.error().message.c_str());
    return 1;
  }
  return 0;
}
