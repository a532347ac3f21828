using System.Diagnostics;
using Litre.Core;
using Litre.Training.Checkpoints;
using Shared;

namespace Litre.Training.Tests.Checkpoints;

/// <summary>Kills, full disks and changed bytes, at every place where they can happen.</summary>
public sealed class CheckpointFaultTests : IDisposable
{
    private const int DiskFull = 28; // ENOSPC

    private readonly CheckpointBench _bench = new(inMemory: true);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Write_KilledBeforeAnyOperation_AlwaysLeavesAWholeCheckpoint(bool exchange, bool mirror)
    {
        var operations = 0;
        for (var killAt = 1; ; killAt++)
        {
            using var bench = new CheckpointBench(inMemory: true);
            // Step 20 is there already and is redone with other bytes, as by a run that was resumed at 10.
            var before = bench.Store(keep: 2, mirror);
            before.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
            before.SetBest(bench.Folder(10));
            before.Write(20, 0, folder => CheckpointBench.Fill(folder, 20));
            var done = 0;
            void Before(string operation, string path)
            {
                if (++done >= killAt)
                    throw new KilledException();
            }
            var store = bench.Store(keep: 1, mirror, new DurableFileSystem(Before) { CanExchange = exchange });
            var killed = false;
            try
            {
                store.Write(20, 0, folder => CheckpointBench.Fill(folder, 20, seed: 1));
                store.SetBest(bench.Folder(20));
                store.Write(30, 0, folder => CheckpointBench.Fill(folder, 30));
            }
            catch (KilledException)
            {
                killed = true;
            }

            var after = bench.Store(keep: 1, mirror);
            var seen = AssertWhole(bench, after);
            after.CleanUp();
            Assert.Equal(seen, AssertWhole(bench, after));
            Assert.DoesNotContain(
                bench.Names(),
                name => name.StartsWith(".tmp", StringComparison.Ordinal) || name.StartsWith(".old", StringComparison.Ordinal)
            );
            if (mirror)
                Assert.DoesNotContain(
                    bench.Names(bench.Mirror),
                    name => name.StartsWith(".tmp", StringComparison.Ordinal) || name.StartsWith(".old", StringComparison.Ordinal)
                );
            var best = File.ReadAllBytes(Path.Combine(after.BestFolder, "adapter_model.safetensors"));
            Assert.True(Matches(best, 10, 0) || Matches(best, 20, 1), $"killed at {killAt}: best is neither the old nor the new one");
            if (killed)
                continue;
            operations = done;
            break;
        }
        Assert.InRange(operations, 40, 500);
        Assert.Empty(_bench.Warnings);
    }

    [Fact]
    public void Write_DiskFullAtAnyOperation_SaysSoAndKeepsEarlierCheckpoints()
    {
        for (var failAt = 1; ; failAt++)
        {
            using var bench = new CheckpointBench(inMemory: true);
            bench.Store(keep: 1).Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
            var done = 0;
            void Before(string operation, string path)
            {
                // A full disk refuses what needs room, and goes on refusing.
                if (operation is not ("delete" or "read" or "move" or "exchange") && ++done >= failAt)
                    throw new IOException($"No space left on device : '{path}'", DiskFull);
            }
            try
            {
                bench.Store(keep: 1, disk: new DurableFileSystem(Before)).Write(20, 4096, folder => CheckpointBench.Fill(folder, 20));
                Assert.InRange(failAt, 8, 100);
                break;
            }
            catch (InputException failure)
            {
                Assert.Contains("4096 bytes needed", failure.Message);
                Assert.Contains("free some space", failure.Message);
                Assert.DoesNotContain('\n', failure.Message);
            }
            var found = bench.Latest(bench.Store());
            // Only the last flush comes after the new one got its name; then either is right.
            bench.AssertHolds(found, found!.Step);
            Assert.DoesNotContain(bench.Names(), name => name.StartsWith(".tmp", StringComparison.Ordinal));
            Assert.Contains("checkpoint-10", bench.Names());
        }
    }

    [Fact]
    public void Latest_OneByteFlippedAnywhere_UsesThePreviousOne()
    {
        var store = _bench.Store(keep: 2);
        foreach (var step in (int[])[10, 20])
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
        foreach (var file in Directory.GetFiles(_bench.Folder(20)))
        {
            var bytes = File.ReadAllBytes(file);
            var random = new Random(7);
            // The list is text that a lenient reader could misread: each of its bytes is tried.
            var places =
                Path.GetFileName(file) == "manifest.json"
                    ? Enumerable.Range(0, bytes.Length)
                    : Enumerable.Range(0, 12).Select(_ => random.Next(bytes.Length));
            foreach (var place in places)
            {
                var flipped = bytes.ToArray();
                flipped[place] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(file, flipped);
                _bench.AssertHolds(_bench.Latest(store), 10);
                Assert.Contains(Path.GetFileName(file), Assert.Single(_bench.Damages));
            }
            File.WriteAllBytes(file, bytes);
        }
        _bench.AssertHolds(_bench.Latest(store), 20);
    }

    [Fact]
    public void Latest_FolderMutated_NeverAnswersADamagedOne() =>
        Property.Holds(
            60,
            random =>
            {
                using var bench = new CheckpointBench(inMemory: true);
                var store = bench.Store(keep: 3);
                foreach (var step in (int[])[10, 20, 30])
                    store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
                var damaged = new List<int>();
                foreach (var step in (int[])[20, 30])
                {
                    if (random.Flip())
                        continue;
                    damaged.Add(step);
                    Mutate(bench.Folder(step), random);
                }
                var expected = damaged.Contains(30)
                    ? damaged.Contains(20)
                        ? 10
                        : 20
                    : 30;
                bench.AssertHolds(bench.Latest(store), expected);
                Assert.Equal(damaged.Count(step => step > expected), bench.Damages.Count);
                Assert.All(bench.Damages, line => Assert.DoesNotContain('\n', line));
            }
        );

    [Fact]
    public void Write_SmallRealDisk_FillsUpAndLosesNothing()
    {
        Directory.CreateDirectory(_bench.Run);
        Assert.SkipUnless(
            Mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", _bench.Run),
            "no tmpfs may be mounted here: a truly full disk is not tried"
        );
        try
        {
            var store = _bench.Store(keep: 3);
            store.Write(10, 2000, folder => CheckpointBench.Fill(folder, 10));
            // The estimate is too low, so the disk fills up in the middle of a file.
            var failure = Assert.ThrowsAny<InputException>(() =>
                store.Write(20, 1000, folder => File.WriteAllBytes(Path.Combine(folder, "adapter_model.safetensors"), new byte[2 << 20]))
            );
            Assert.Contains("the disk is full", failure.Message);
            Assert.Contains("earlier checkpoints are intact", failure.Message);
            Assert.Equal(["checkpoint-10"], _bench.Names());
            _bench.AssertHolds(_bench.Latest(store), 10);
            Assert.Contains(
                "the disk is full",
                Assert.ThrowsAny<InputException>(() => store.Write(20, 2 << 20, folder => CheckpointBench.Fill(folder, 20))).Message
            );
            store.Write(20, 2000, folder => CheckpointBench.Fill(folder, 20));
            _bench.AssertHolds(_bench.Latest(store), 20);
        }
        finally
        {
            using var unmount = Process.Start("umount", [_bench.Run]);
            unmount.WaitForExit();
        }
    }

    private static (int Step, bool FromMirror) AssertWhole(CheckpointBench bench, CheckpointStore store)
    {
        var found = bench.Latest(store);
        Assert.NotNull(found);
        Assert.Empty(bench.Damages);
        var redone =
            File.ReadAllBytes(Path.Combine(found.Folder, "trainer_state.json")) is var state
            && found.Step == 20
            && !Matches(state, 20, 0, "trainer_state.json");
        bench.AssertHolds(found, found.Step, redone ? 1 : 0);
        Assert.Contains(found.Step, (int[])[20, 30]);
        return (found.Step, found.FromMirror);
    }

    private static bool Matches(byte[] bytes, int step, int seed, string file = "adapter_model.safetensors") =>
        CheckpointBench.Bytes(file, step, seed).AsSpan().SequenceEqual(bytes);

    private static void Mutate(string folder, Random random)
    {
        var files = Directory.GetFiles(folder);
        var file = files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(file);
        switch (random.Next(6))
        {
            case 0:
                bytes[random.Next(bytes.Length)] ^= (byte)random.Between(1, 255);
                File.WriteAllBytes(file, bytes);
                break;
            case 1:
                File.WriteAllBytes(file, bytes[..random.Next(bytes.Length)]);
                break;
            case 2:
                File.AppendAllText(file, "x");
                break;
            case 3:
                File.Delete(file);
                break;
            case 4:
                File.WriteAllText(Path.Combine(folder, "more.txt"), "");
                break;
            default:
                Directory.CreateDirectory(Path.Combine(folder, "inner"));
                File.Move(file, Path.Combine(folder, "inner", Path.GetFileName(file)));
                break;
        }
    }

    private static bool Mount(params string[] arguments)
    {
        try
        {
            using var mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
            mount.WaitForExit();
            return mount.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
