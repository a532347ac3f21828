using System.Globalization;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tests.Checkpoints;

/// <summary>A run folder and a mirror in a temporary place, with checkpoints whose bytes follow from their step.</summary>
internal sealed class CheckpointBench : IDisposable
{
    public static readonly string[] Files =
    [
        "adapter_config.json",
        "adapter_model.safetensors",
        "optimizer.safetensors",
        "trainer_state.json",
    ];

    private readonly string _place;

    /// <param name="inMemory">Where thousands of flushes would take a real disk minutes.</param>
    public CheckpointBench(bool inMemory = false)
    {
        const string Memory = "/dev/shm";
        _place =
            inMemory && Directory.Exists(Memory)
                ? Directory.CreateDirectory(Path.Combine(Memory, $"litre-test-{Guid.NewGuid():N}")).FullName
                : Directory.CreateTempSubdirectory("litre-test-").FullName;
        Directory.CreateDirectory(MirrorPlace);
    }

    public string Run => Path.Combine(_place, "run");

    public string MirrorPlace => Path.Combine(_place, "second-disk");

    public string Mirror => Path.Combine(MirrorPlace, "run");

    public List<string> Warnings { get; } = [];

    public List<string> Damages { get; } = [];

    public static void Fill(string folder, int step, int seed = 0)
    {
        foreach (var file in Files)
            File.WriteAllBytes(Path.Combine(folder, file), Bytes(file, step, seed));
    }

    public static byte[] Bytes(string file, int step, int seed)
    {
        var bytes = new byte[300 + file.Length];
        new Random(HashCode.Combine(step, seed, file.Length)).NextBytes(bytes);
        return bytes;
    }

    public static string Name(int step) => string.Create(CultureInfo.InvariantCulture, $"checkpoint-{step}");

    public CheckpointStore Store(int keep = 2, bool mirror = false, DurableFileSystem? disk = null) =>
        new(Run, keep, mirror ? MirrorPlace : null, Warnings.Add, disk ?? new DurableFileSystem());

    public string Folder(int step) => Path.Combine(Run, Name(step));

    public StoredCheckpoint? Latest(CheckpointStore store)
    {
        Damages.Clear();
        return store.Latest(Damages.Add);
    }

    /// <summary>Names of what stands in the run folder, temporary ones too.</summary>
    public IEnumerable<string> Names(string? folder = null) =>
        Directory.GetFileSystemEntries(folder ?? Run).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal);

    public void AssertHolds(StoredCheckpoint? found, int step, int seed = 0)
    {
        Assert.NotNull(found);
        Assert.Equal(step, found.Step);
        AssertContent(found.Folder, Files, step, seed);
    }

    public void AssertContent(string folder, string[] files, int step, int seed = 0)
    {
        foreach (var file in files)
            Assert.Equal(Bytes(file, step, seed), File.ReadAllBytes(Path.Combine(folder, file)));
        Assert.Equal([.. files.Append("manifest.json").Order(StringComparer.Ordinal)], Names(folder));
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);
}
