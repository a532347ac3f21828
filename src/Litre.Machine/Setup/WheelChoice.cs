using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Machine.Setup;

/// <summary>Chooses torch's wheel, and the wheels of CUDA's libraries that it needs.</summary>
/// <param name="index">The index to search.</param>
/// <param name="settings">The user's settings.</param>
/// <param name="machine">The machine that it must run on.</param>
internal sealed class WheelChoice(WheelIndex index, SetupSettings settings, SetupMachine machine)
{
    private const string Project = "torch";

    private static readonly PackageVersion Oldest = PackageVersion.Parse(LibtorchBuild.Oldest.ToString())!;

    /// <summary>The newest stable release among the builds that run here; among equal releases, the build nearest to the driver.</summary>
    /// <exception cref="InputException">The index has none.</exception>
    public async Task<(string Build, WheelLink Torch)> TorchAsync(CancellationToken cancel)
    {
        var wanted = WantedVersion();
        var groups = Builds();
        var others = new SortedSet<PackageVersion>();
        var anyFolder = false;
        foreach (var group in groups)
        {
            var found = new List<(string Build, WheelLink Wheel)>();
            foreach (var build in group)
            {
                var links = await index.FindAsync(build, Project, cancel);
                anyFolder |= links is not null;
                foreach (var link in (links ?? []).Where(link => IsFromBuild(link.Name, build)))
                {
                    var version = link.Name.Version;
                    if (wanted is null ? version.IsStable : version.CompareTo(wanted) == 0 && version.IsStable == wanted.IsStable)
                        found.Add((build, link));
                    else
                        others.Add(version);
                }
            }
            // The sort is stable: of equal releases the one of the earlier build stays first.
            if (found.Count > 0)
                return found
                    .OrderByDescending(wheel => wheel.Wheel.Name.Version)
                    .ThenBy(wheel => group.IndexOf(wheel.Build))
                    .ThenByDescending(wheel => wheel.Wheel.Name.PythonNumber)
                    .First();
        }
        var builds = string.Join(", ", groups.SelectMany(group => group));
        if (!anyFolder)
            throw new InputException(
                "index",
                index.Place,
                $"has no wheel of {Project} for any of {builds}",
                $"give an index such as {LibtorchSetup.DefaultIndex}, or a folder of wheels"
            );
        var there = others.Count > 0 ? $"; there are {string.Join(", ", others.Reverse().Take(6).Select(version => version.Text))}" : "";
        throw new InputException(
            "index",
            index.Place,
            $"has no {Project} {wanted?.Text ?? $"{LibtorchBuild.Oldest} or newer"} for Linux "
                + $"on {WheelName.Machine(machine.Architecture)} built for {builds}{there}",
            "give another `version`, `cuda` or `index`"
        );
    }

    /// <summary>The wheels of CUDA's libraries that a torch needs here, by the exact versions that it names.</summary>
    /// <param name="build">Torch's build.</param>
    /// <param name="metadata">Torch's METADATA.</param>
    /// <param name="read">Returns the METADATA of another wheel; null ends the search with what is known.</param>
    /// <param name="cancel">Stops between two requests.</param>
    /// <returns>The wheels, and whether the list is complete.</returns>
    /// <exception cref="InputException">The index lacks one.</exception>
    public async Task<(List<WheelLink> Wheels, bool IsComplete)> FindRequirementsAsync(
        string build,
        string metadata,
        Func<WheelLink, Task<string?>> read,
        CancellationToken cancel
    )
    {
        var open = new Queue<Requirement>(Requirement.Read(metadata, machine.Architecture, []).Where(need => need.IsCuda));
        var wheels = new List<WheelLink>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var isComplete = true;
        while (open.TryDequeue(out var need))
        {
            if (!seen.Add(need.Project))
                continue;
            var wheel = await FindAsync(build, need, cancel);
            if (!need.IsToolkit)
            {
                // Torch lists everything that its libraries link to, which includes what NVIDIA's packages need from each other.
                wheels.Add(wheel);
                continue;
            }
            if (await read(wheel) is not { } inner)
                isComplete = false;
            else
                foreach (var further in Requirement.Read(inner, machine.Architecture, need.Extras).Where(further => further.IsCuda))
                    open.Enqueue(further);
        }
        return (wheels, isComplete);
    }

    private async Task<WheelLink> FindAsync(string build, Requirement requirement, CancellationToken cancel)
    {
        var links = await index.FindAsync(build, requirement.Project, cancel) ?? [];
        return links
                .Where(link => link.Name.Fits(machine.Architecture) && link.Name.Version.Satisfies(requirement.Specifiers))
                .OrderByDescending(link => link.Name.Version.IsStable)
                .ThenByDescending(link => link.Name.Version)
                .FirstOrDefault()
            ?? throw new InputException(
                "index",
                index.Place,
                $"torch needs {requirement} for Linux on {WheelName.Machine(machine.Architecture)}, which is missing",
                "use another `index`, or add that wheel to the folder"
            );
    }

    private PackageVersion? WantedVersion()
    {
        if (settings.Version is not { } text)
            return null;
        var version =
            PackageVersion.Parse(text) ?? throw new InputException("version", text, "is not a version", "give one such as 2.11.0");
        return version.CompareTo(Oldest) >= 0
            ? version
            : throw new InputException(
                "version",
                text,
                $"is older than {LibtorchBuild.Oldest}, the first with a stable C interface",
                "give that or a newer one"
            );
    }

    private IReadOnlyList<List<string>> Builds()
    {
        var only = index.OnlyBuild;
        if (settings.Cuda != LibtorchSetup.Auto)
        {
            if (settings.Cuda != CudaBuild.Cpu && CudaBuild.Version(settings.Cuda) is null)
                throw new InputException(
                    "cuda",
                    settings.Cuda,
                    "is not a build of PyTorch",
                    $"give {LibtorchSetup.Auto}, or one such as cu130 or cu126"
                );
            if (only is not null && only != settings.Cuda)
                throw new InputException(
                    "index",
                    index.Place,
                    $"contains only {only}, but {settings.Cuda} is requested",
                    $"give the address without {only}"
                );
            return
            [
                [settings.Cuda],
            ];
        }
        if (only == CudaBuild.Cpu)
            return
            [
                [only],
            ];
        var groups = CudaBuild
            .For(machine)
            .Select(group => group.Where(build => only is null || build == only).ToList())
            .Where(group => group.Count > 0)
            .ToList();
        return groups.Count > 0
            ? groups
            : throw new InputException(
                $"setup: the driver supports CUDA {machine.DriverCuda}, the device has compute capability "
                    + $"{machine.Compute?.ToString() ?? "unknown"}, and no build{(only is null ? "" : " " + only)} of "
                    + "PyTorch runs on both; update the driver, or name a build with `cuda` to use it anyway"
            );
    }

    private bool IsFromBuild(WheelName name, string build) =>
        name.Fits(machine.Architecture)
        && name.Version.CompareTo(Oldest) >= 0
        && (
            name.Version.Local == build || name.Version.Local.Length == 0 && (index.HasBuildFolders || settings.Cuda != LibtorchSetup.Auto)
        );
}
