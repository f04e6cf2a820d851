#include "compiler/tools/diff_input.h"

#include <filesystem>
#include <iostream>
#include <unistd.h>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/lang/compile.h"
#include "compiler/output/state_tree.h"
#include "compiler/tools/git_revision.h"

namespace cip::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view git_prefix = "git:";
constexpr auto not_a_tree =
    "is a directory without manifest.json; name a state tree, as `cipc build -o` writes it, or "
    "the root file of a specification, which imports the others";

Exit fail(const Error& error) {
  report_error(error.message);
  return exit_code(error.code);
}

std::string directory_of(const std::string& path) {
  const auto parent = fs::path(path).parent_path().generic_string();
  return parent.empty() ? parent : parent + "/";
}

// `path` is how `sources` knows the file. Only errors are printed: what the old or the new one is warned of is
// `cipc check`'s business.
std::optional<DiffInput> compile(const std::string& name, const std::string& path, syntax::Sources sources,
                                 Exit& exit) {
  const auto file = sources.load(path);
  if (!file) {
    exit = fail(file.error());
    return std::nullopt;
  }
  diagnostics::Findings findings;
  const auto cluster = lang::compile({*file}, sources, findings);
  check::check(cluster, findings);
  if (findings.has_errors()) {
    diagnostics::TextOptions options;
    options.color = wants_color(STDERR_FILENO);
    options.max_errors = 20;
    std::cerr << diagnostics::to_text(findings, sources, options);
    report_error(name + " has errors, so nothing is compared");
    exit = Exit::invalid;
    return std::nullopt;
  }
  return DiffInput{std::make_unique<TreeInMemory>(output::state_tree(cluster, sources), name), name, true,
                   directory_of(path)};
}

std::optional<DiffInput> open_on_disk(const std::string& text, Exit& exit) {
  std::error_code ignored;
  if (!fs::is_directory(text, ignored)) return compile(text, text, syntax::Sources(), exit);
  if (!fs::exists(fs::path(text) / "manifest.json", ignored)) {
    exit = fail({ErrorCode::invalid, text + ": " + not_a_tree});
    return std::nullopt;
  }
  auto directory = Directory::open(text);
  if (!directory) {
    exit = fail(directory.error());
    return std::nullopt;
  }
  return DiffInput{std::make_unique<TreeDirectory>(std::move(*directory), text), text, false, ""};
}

// As git itself has it: from the root of the repository, or with `./` or `../` from the current directory.
Result<std::string> path_from_root(const std::string& path) {
  const bool relative = path.starts_with("./") || path.starts_with("../") || path == "." || path == "..";
  if (!relative) return path;
  const auto prefix = GitRevision::prefix();
  return prefix ? Result<std::string>(*prefix + path) : prefix.error();
}

// What an error of `find` can say beyond itself.
std::string hint(GitRevision& revision, const std::string& path, const Error& error) {
  if (error.code != ErrorCode::not_found) return "";
  const auto prefix = GitRevision::prefix();
  const bool below = prefix && !prefix->empty() && revision.find(*prefix + path);
  return below ? "; paths are from the root of the repository: write ./" + path + " for the current directory" : "";
}

Result<std::pair<std::shared_ptr<GitRevision>, GitRevision::Found>> find_in_git(const std::string& revision,
                                                                                const std::string& path) {
  auto opened = GitRevision::open(revision);
  if (!opened) return opened.error();
  std::shared_ptr<GitRevision> git = std::move(*opened);
  const auto from_root = path_from_root(path);
  if (!from_root) return from_root.error();
  auto found = git->find(*from_root);
  if (!found) return Error{found.error().code, found.error().message + hint(*git, path, found.error())};
  return std::pair(std::move(git), std::move(*found));
}

std::optional<DiffInput> open_in_git(const std::string& text, Exit& exit) {
  const auto colon = text.find(':', git_prefix.size());
  if (colon == std::string::npos || colon + 1 == text.size()) {
    exit = fail({ErrorCode::invalid, "`" + text +
                                         "` has no path; write git:REV:PATH, such as git:main:plant.cip (a file "
                                         "whose name starts so is ./" +
                                         text + ")"});
    return std::nullopt;
  }
  const auto revision = text.substr(git_prefix.size(), colon - git_prefix.size());
  const auto opened = find_in_git(revision, text.substr(colon + 1));
  if (!opened) {
    exit = fail(opened.error());
    return std::nullopt;
  }
  const auto& [git, found] = *opened;
  if (found.kind == GitRevision::Kind::directory) {
    if (!git->find(found.path.empty() ? "manifest.json" : found.path + "/manifest.json")) {
      exit = fail({ErrorCode::invalid, text + ": " + not_a_tree});
      return std::nullopt;
    }
    return DiffInput{std::make_unique<GitTree>(git, found.path, text), text, false, ""};
  }
  const auto provide = [git = git](const std::string& path) -> Result<syntax::GivenFile> {
    const auto file = git->find(path);
    if (!file) return file.error();
    if (file->kind == GitRevision::Kind::directory) {
      return Error{ErrorCode::invalid, path + ": is a directory, not a specification"};
    }
    auto bytes = git->read(*file, syntax::Sources::size_limit);
    if (!bytes) return bytes.error();
    return syntax::GivenFile{file->path, std::move(*bytes)};
  };
  return compile(text, found.path, syntax::Sources(provide), exit);
}

}  // namespace

std::optional<DiffInput> open_diff_input(const std::string& text, Exit& exit) {
  return text.starts_with(git_prefix) ? open_in_git(text, exit) : open_on_disk(text, exit);
}

}  // namespace cip::tools
