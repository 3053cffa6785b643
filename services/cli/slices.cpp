// slicecast slices list | add POSE | move ID POSE | remove ID
#include <algorithm>
#include <cstdio>

#include "common/base/names.h"
#include "common/config/make_option.h"
#include "common/service/service.h"
#include "common/wire/pose.h"
#include "services/cli/fetch.h"
#include "services/cli/fetch_command.h"
#include "services/cli/status_text.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kSlicesCommand = "slicecast slices";
using Words = std::vector<std::string>;

std::vector<config::Option> slices_options() {
  return with_fetch(
      {config::whole("size", 512, "pixels", 1, 32768, "Rows and columns of a slice that is added"),
       config::real("pixel", 0, "mm", 0, 1e9,
                    "Pixel of a named pose; 0: what fills the field of view (move: as it was)")},
      30, "How long to wait for the service and the field of view");
}

Result<void> check(const Words& words, const config::Settings& settings) {
  const std::string usage = "; write list, add POSE, move ID POSE or remove ID";
  const std::string& action = words[0];
  const std::size_t wanted = action == "list"                        ? 1
                             : action == "add" || action == "remove" ? 2
                             : action == "move"                      ? 3
                                                                     : 0;
  if (wanted == 0) return Error{Errc::invalid_argument, "unknown action '" + action + "'" + usage};
  if (words.size() != wanted)
    return Error{Errc::invalid_argument, action + " has the wrong arguments" + usage};
  if (action != "add" && action != "move") return {};
  if (!geometry::is_named_pose(words.back()) && !settings.is_default("pixel"))
    return Error{Errc::invalid_argument,
                 "nine numbers already give the pixel size; leave --pixel out"};
  if (const auto pose = geometry::parse_pose(words.back(), 1); !pose) return pose.error();
  return {};
}

std::string text(const v1::Vec3& v) {
  char words[128];
  std::snprintf(words, sizeof words, "%.4g,%.4g,%.4g", v.x_mm(), v.y_mm(), v.z_mm());
  return words;
}

void print_scene(const v1::Scene& scene) {
  if (scene.slices().empty()) {
    std::puts("no live slice; add one with 'slicecast slices add xy@0'");
    return;
  }
  std::vector<Words> rows = {{"ID", "NAME", "SIZE", "BASE", "AXIS1", "AXIS2", "OWNER", "PINNED"}};
  for (const auto& slice : scene.slices())
    rows.push_back({slice.id(), slice.name(),
                    std::to_string(slice.rows()) + " x " + std::to_string(slice.columns()),
                    text(slice.base()), text(slice.axis1()), text(slice.axis2()), slice.owner(),
                    slice.pinned() ? "yes" : ""});
  std::fputs(printable(aligned(rows), true).c_str(), stdout);
}

Result<v1::Scene> scene_of(Client& client, const v1::Service& service) {
  v1::Request request;
  request.mutable_get_scene();
  const auto reply = client.ask(service, std::move(request));
  if (!reply) return reply.error();
  return reply->scene();
}

Result<v1::SceneSlice> slice_of(const v1::Scene& scene, const std::string& id) {
  const auto found =
      std::ranges::find(scene.slices(), id, [](const auto& slice) { return slice.id(); });
  if (found != scene.slices().end()) return *found;
  return Error{Errc::not_found, "no live slice '" + id + "'; 'slicecast slices list' shows all"};
}

// `before`: the slice that is moved; null for a new one.
Result<v1::Request> placed(Client& client, const v1::Service& service,
                           const config::Settings& settings, const std::string& where,
                           const v1::SceneSlice* before) {
  auto size = static_cast<std::uint32_t>(settings.integer("size"));
  v1::Request request;
  auto& slice = *request.mutable_set_slice();
  if (before != nullptr) {
    slice.set_id(before->id());
    slice.set_name(before->name());
    if (settings.is_default("size")) size = before->columns();
  } else {
    // Nobody stays to renew the lease of what this program adds.
    slice.set_pinned(true);
  }
  double width_mm = settings.real("pixel") * size;
  if (geometry::is_named_pose(where) && width_mm == 0 && before != nullptr)
    width_mm = geometry::norm(wire::from_proto(before->axis1()));
  if (geometry::is_named_pose(where) && width_mm == 0) {
    auto fetcher = SliceFetcher::create(client, service);
    if (!fetcher) return fetcher.error();
    const auto field = (*fetcher)->field_of_view(
        std::chrono::milliseconds(static_cast<std::int64_t>(1000 * settings.real("wait"))));
    if (!field) return field.error();
    width_mm = 2 * field->radius_mm();
  }
  const auto pose = geometry::parse_pose(where, width_mm);
  if (!pose) return pose.error();
  wire::set_pose(*pose, &slice);
  slice.set_rows(before != nullptr && settings.is_default("size") ? before->rows() : size);
  slice.set_columns(size);
  return request;
}

Result<void> run(const Words& words, const config::Settings& settings) {
  auto created = Client::create(settings);
  if (!created) return created.error();
  Client& client = **created;
  const auto service = client.find_of_kind("slice", settings.text("service"), client.timeout());
  if (!service) return service.error();
  const auto scene = scene_of(client, *service);
  if (!scene) return scene.error();
  const std::string& action = words[0];
  if (action == "list") {
    print_scene(*scene);
    return {};
  }
  v1::SceneSlice before;
  if (action != "add") {
    auto found = slice_of(*scene, words[1]);
    if (!found) return found.error();
    before = *std::move(found);
  }
  v1::Request request;
  if (action == "remove") {
    request.mutable_remove_slice()->set_id(words[1]);
  } else {
    auto wanted =
        placed(client, *service, settings, words.back(), action == "move" ? &before : nullptr);
    if (!wanted) return wanted.error();
    request = *std::move(wanted);
  }
  const auto reply = client.ask(*service, std::move(request));
  if (!reply) return reply.error();
  const std::string& id = action == "remove" ? words[1] : reply->slice().id();
  std::printf("%s %s\n", id.c_str(),
              action == "add"    ? "added"
              : action == "move" ? "moved"
                                 : "removed");
  return {};
}

}  // namespace

int run_slices(int argc, const char* const* argv) {
  const auto parsed = config::parse_command(
      {kSlicesCommand,
       "Lists, adds, moves and removes the live slices of the scene that all clients share. A POSE "
       "is xy@Z, xz@Y or yz@X in mm, or nine numbers base,axis1,axis2.",
       {{"ACTION", "list, add POSE, move ID POSE, or remove ID", true, true}}},
      slices_options(), argc, argv);
  if (!parsed) return usage_error(kSlicesCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = check(parsed->arguments, parsed->settings); !ok)
    return usage_error(kSlicesCommand, ok.error());
  if (auto ok = run(parsed->arguments, parsed->settings); !ok)
    return service::fail(kSlicesCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
