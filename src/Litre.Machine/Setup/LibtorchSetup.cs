using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Machine.Setup;

/// <summary>
/// Installs libtorch from PyTorch's own wheels, where the search for libtorch finds it. Only shared libraries are extracted; no
/// Python is searched for, started or changed. Only the index and the addresses that it links to are contacted.
/// </summary>
public sealed class LibtorchSetup
{
    public const string DefaultIndex = "https://download.pytorch.org/whl";

    /// <summary>Choose the build for the driver and the device.</summary>
    public const string Auto = "auto";

    private readonly SetupSettings _settings;
    private readonly SetupMachine _machine;
    private readonly WheelIndex _index;
    private readonly WheelChoice _choice;

    private LibtorchSetup(SetupSettings settings, SetupMachine machine, WheelIndex index)
    {
        _settings = settings;
        _machine = machine;
        _index = index;
        _choice = new WheelChoice(index, settings, machine);
    }

    /// <summary>The user's folder that the search for libtorch checks.</summary>
    public static string DefaultOutput => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".litre");

    /// <summary>Chooses, downloads, unpacks and verifies one libtorch.</summary>
    /// <param name="settings">The user's settings.</param>
    /// <param name="cancel">Stops soon; downloaded data is kept for the next run, and nothing is installed.</param>
    /// <exception cref="InputException">The index, the network, the disk or a wheel does not allow it; nothing is installed.</exception>
    public static Task<SetupResult> RunAsync(SetupSettings settings, CancellationToken cancel) =>
        RunAsync(settings, SetupMachine.Current(), cancel);

    internal static async Task<SetupResult> RunAsync(SetupSettings settings, SetupMachine machine, CancellationToken cancel)
    {
        if (!OperatingSystem.IsLinux())
            throw new InputException("setup: installs libtorch for Linux on x64 or arm64 only; run it there");
        using var index = WheelIndex.Open(settings.Index, machine);
        return await new LibtorchSetup(settings, machine, index).RunAsync(cancel);
    }

    private async Task<SetupResult> RunAsync(CancellationToken cancel)
    {
        var (build, torch) = await _choice.TorchAsync(cancel);
        var version = torch.Name.Version.Local.Length > 0 ? torch.Name.Version.Text : $"{torch.Name.Version.Text}+{build}";
        var name = "libtorch-" + version;
        var result = new SetupResult(Path.Combine(Path.GetFullPath(_settings.Output), name), version, SetupState.Planned, [])
        {
            IsFound = Path.GetFullPath(_settings.Output) == DefaultOutput,
        };
        var cuda = _machine.DriverCuda is { } driver ? $"; the driver supports CUDA {driver}" : "";
        _settings.Notice?.Invoke($"chose torch {version} for {WheelName.Machine(_machine.Architecture)}{cuda}");
        if (_settings.DryRun)
            return await PlanAsync(result, build, torch, cancel);

        using var folder = new InstallationFolder(_settings.Output);
        if (Directory.Exists(result.Folder))
        {
            if (await _settings.VerifyAsync(result.Folder, cancel) is not { } reason)
                return result with { State = SetupState.AlreadyThere };
            _settings.Notice?.Invoke(
                $"{result.Folder} does not load and is installed again ({reason.ReplaceLineEndings(" ").TrimEnd('.')})"
            );
        }
        folder.MakeDownloads();
        var (wheels, paths) = await FetchAllAsync(folder, build, torch, cancel);
        var bytes = paths.Sum(Unpacked);
        CheckSpace(bytes, "for the libraries");
        await folder.InstallAsync(
            name,
            target => Unpack(paths, target, cancel),
            async target =>
            {
                if (LibtorchBuild.In(target) is null)
                    return $"no {LibtorchBuild.CpuLibrary} in {torch.Name.File}";
                _settings.Notice?.Invoke("loading it to verify it");
                return await _settings.VerifyAsync(target, cancel);
            }
        );
        folder.DeleteDownloads();
        return result with { State = SetupState.Installed, InstalledBytes = bytes, Wheels = wheels };
    }

    private async Task<SetupResult> PlanAsync(SetupResult result, string build, WheelLink torch, CancellationToken cancel)
    {
        var metadata = await _index.ReadMetadataAsync(torch, cancel);
        var (needs, isComplete) = metadata is null
            ? ([], build == CudaBuild.Cpu)
            : await _choice.FindRequirementsAsync(build, metadata, wheel => _index.ReadMetadataAsync(wheel, cancel), cancel);
        return result with { Wheels = await DescribeAsync([torch, .. needs], cancel), IsComplete = isComplete };
    }

    /// <summary>
    /// Torch first if only its wheel lists what it needs; otherwise all sizes are known, and the disk space is checked, in advance.
    /// </summary>
    private async Task<(IReadOnlyList<SetupWheel> Wheels, List<string> Paths)> FetchAllAsync(
        InstallationFolder folder,
        string build,
        WheelLink torch,
        CancellationToken cancel
    )
    {
        var fetched = new Dictionary<WheelLink, string>();
        async Task<string?> MetadataAsync(WheelLink wheel)
        {
            if (await _index.ReadMetadataAsync(wheel, cancel) is { } beside)
                return beside;
            var described = await DescribeAsync([wheel], cancel);
            CheckDownload(folder, described);
            return WheelFile.ReadMetadata(fetched[wheel] = await FetchAsync(folder, wheel, 1, 1, described[0].Bytes, cancel));
        }

        var metadata = await MetadataAsync(torch);
        var (needs, _) = await _choice.FindRequirementsAsync(build, metadata!, MetadataAsync, cancel);
        List<WheelLink> all = [torch, .. needs];
        var wheels = await DescribeAsync(all, cancel);
        CheckDownload(folder, wheels);
        var paths = new List<string>();
        for (var i = 0; i < all.Count; i++)
            paths.Add(fetched.GetValueOrDefault(all[i]) ?? await FetchAsync(folder, all[i], i + 1, all.Count, wheels[i].Bytes, cancel));
        return (wheels, paths);
    }

    private Task<string> FetchAsync(
        InstallationFolder folder,
        WheelLink wheel,
        int number,
        int count,
        long? bytes,
        CancellationToken cancel
    ) =>
        _index.FetchAsync(
            wheel,
            folder.Downloads,
            done => _settings.Progress?.Invoke(new SetupProgress(wheel.Name.File, number, count, done, bytes)),
            cancel
        );

    private async Task<IReadOnlyList<SetupWheel>> DescribeAsync(IEnumerable<WheelLink> wheels, CancellationToken cancel)
    {
        var described = new List<SetupWheel>();
        foreach (var wheel in wheels)
            described.Add(
                new SetupWheel(
                    wheel.Name.File,
                    wheel.Address.IsFile ? wheel.Address.LocalPath : wheel.Address.AbsoluteUri,
                    await _index.SizeAsync(wheel, cancel)
                )
            );
        return described;
    }

    private void CheckDownload(InstallationFolder folder, IReadOnlyList<SetupWheel> wheels)
    {
        if (!_index.HasBuildFolders)
            return; // wheels that are already here
        long there = wheels
            .SelectMany(wheel => (string[])[wheel.File, wheel.File + ".part"])
            .Select(file => new FileInfo(Path.Combine(folder.Downloads, file)))
            .Where(file => file.Exists)
            .Sum(file => file.Length);
        var all = wheels.Sum(wheel => wheel.Bytes ?? 0);
        // Unpacked they are larger; the exact size is known once they are downloaded.
        CheckSpace(Math.Max(0, all - there) + all, "for the wheels and their libraries");
    }

    private void CheckSpace(long needed, string what)
    {
        if (_machine.FreeBytes(Path.GetFullPath(_settings.Output)) is { } free && free < needed)
            throw new InputException(
                "output",
                _settings.Output,
                $"{Units.GiB(free)} are free and {Units.GiB(needed)} are needed {what}",
                "nothing was installed, so free space or give a folder on another disk"
            );
    }

    private static long Unpacked(string path)
    {
        using var wheel = WheelFile.Open(path);
        return wheel.UnpackedBytes;
    }

    private void Unpack(List<string> paths, string target, CancellationToken cancel)
    {
        foreach (var path in paths)
        {
            _settings.Notice?.Invoke($"unpacking {Path.GetFileName(path)}");
            using var wheel = WheelFile.Open(path);
            wheel.Unpack(target, cancel);
        }
    }
}
