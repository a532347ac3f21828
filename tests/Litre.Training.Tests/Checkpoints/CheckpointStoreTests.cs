using System.Globalization;
using Litre.Core;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly CheckpointBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Write_ManySteps_KeepsTheNewestOnes()
    {
        var store = _bench.Store(keep: 2);
        for (var step = 10; step <= 50; step += 10)
            Assert.Equal(_bench.Folder(step), store.Write(step, 0, folder => CheckpointBench.Fill(folder, step)));
        Assert.Equal(["checkpoint-40", "checkpoint-50"], _bench.Names());
        _bench.AssertHolds(_bench.Latest(store), 50);
        Assert.Empty(_bench.Damages);
    }

    [Fact]
    public void Write_StepNumbers_AreOrderedAsNumbers()
    {
        var store = _bench.Store(keep: 2);
        foreach (var step in (int[])[8, 9, 10])
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
        Assert.Equal(["checkpoint-10", "checkpoint-9"], _bench.Names());
        Assert.Equal(10, _bench.Latest(store)!.Step);
    }

    [Fact]
    public void Latest_NothingWritten_IsNull()
    {
        Assert.Null(_bench.Latest(_bench.Store()));
        _bench.Store().CleanUp();
    }

    [Fact]
    public void Write_FilesInSubfolders_AreListedAndFound()
    {
        var store = _bench.Store();
        store.Write(
            1,
            0,
            folder =>
            {
                Directory.CreateDirectory(Path.Combine(folder, "processor", "inner"));
                File.WriteAllText(Path.Combine(folder, "processor", "inner", "a.json"), "{}");
            }
        );
        Assert.Equal(1, _bench.Latest(store)!.Step);
        File.AppendAllText(Path.Combine(_bench.Folder(1), "processor", "inner", "a.json"), " ");
        Assert.Null(_bench.Latest(store));
        Assert.Contains("processor/inner/a.json has 3 bytes, but manifest.json lists 2", Assert.Single(_bench.Damages));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_SameStepAgain_ReplacesIt(bool exchange)
    {
        var store = _bench.Store(disk: new DurableFileSystem { CanExchange = exchange });
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10, seed: 1));
        Assert.Equal(["checkpoint-10"], _bench.Names());
        _bench.AssertHolds(_bench.Latest(store), 10, seed: 1);
    }

    [Fact]
    public void Write_FailingCaller_LeavesWhatWasThere()
    {
        var store = _bench.Store(keep: 1);
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        Assert.Throws<NotSupportedException>(() =>
            store.Write(
                20,
                0,
                folder =>
                {
                    CheckpointBench.Fill(folder, 20);
                    throw new NotSupportedException();
                }
            )
        );
        Assert.Equal(["checkpoint-10"], _bench.Names());
        _bench.AssertHolds(_bench.Latest(store), 10);
    }

    [Fact]
    public void Write_MoreThanIsFree_SaysBothNumbersBeforeWriting()
    {
        var store = _bench.Store();
        var called = false;
        var failure = Assert.ThrowsAny<InputException>(() => store.Write(10, 1L << 60, _ => called = true));
        Assert.False(called);
        Assert.Contains($"{1L << 60} bytes needed", failure.Message);
        Assert.Matches(@" \d+ free \(", failure.Message);
        Assert.Contains(_bench.Folder(10), failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Empty(_bench.Names());
    }

    [Fact]
    public void Retain_Best_StaysBesideTheNewest()
    {
        var store = _bench.Store(keep: 1);
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        store.SetBest(_bench.Folder(10));
        foreach (var step in (int[])[20, 30])
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
        Assert.Equal(["best", "checkpoint-10", "checkpoint-30"], _bench.Names());
        store.SetBest(_bench.Folder(30));
        store.Write(40, 0, folder => CheckpointBench.Fill(folder, 40));
        Assert.Equal(["best", "checkpoint-30", "checkpoint-40"], _bench.Names());
        Assert.Equal(30, store.BestStep());
    }

    [Fact]
    public void Retain_DamagedLaterCheckpoint_GoesBeforeSoundEarlierOnes()
    {
        var store = _bench.Store(keep: 2);
        foreach (var step in (int[])[10, 20])
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
        File.Delete(Path.Combine(_bench.Folder(20), "trainer_state.json"));
        Assert.Equal(10, _bench.Latest(store)!.Step);
        store.Write(15, 0, folder => CheckpointBench.Fill(folder, 15));
        Assert.Equal(["checkpoint-10", "checkpoint-15"], _bench.Names());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SetBest_Checkpoint_CopiesTheAdapterAlone(bool exchange)
    {
        var store = _bench.Store(keep: 1, disk: new DurableFileSystem { CanExchange = exchange });
        foreach (var step in (int[])[10, 20])
        {
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
            store.SetBest(_bench.Folder(step));
            _bench.AssertContent(store.BestFolder, ["adapter_config.json", "adapter_model.safetensors"], step);
        }
        // The bytes outlive the checkpoint that they came from.
        Directory.Delete(_bench.Folder(20), recursive: true);
        _bench.AssertContent(store.BestFolder, ["adapter_config.json", "adapter_model.safetensors"], 20);
    }

    [Fact]
    public void SetBest_DamagedCheckpoint_KeepsTheEarlierBest()
    {
        var store = _bench.Store();
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        store.SetBest(_bench.Folder(10));
        store.Write(20, 0, folder => CheckpointBench.Fill(folder, 20));
        File.WriteAllText(Path.Combine(_bench.Folder(20), "adapter_config.json"), "{}");
        Assert.Contains("adapter_config.json", Assert.Throws<InputException>(() => store.SetBest(_bench.Folder(20))).Message);
        _bench.AssertContent(store.BestFolder, ["adapter_config.json", "adapter_model.safetensors"], 10);
    }

    [Fact]
    public void Mirror_EveryCheckpoint_IsCopiedAndPruned()
    {
        var store = _bench.Store(keep: 2, mirror: true);
        foreach (var step in (int[])[10, 20, 30])
            store.Write(step, 0, folder => CheckpointBench.Fill(folder, step));
        Assert.Equal([".run-id", "checkpoint-20", "checkpoint-30"], _bench.Names(_bench.Mirror));
        Assert.Empty(_bench.Warnings);
        File.Delete(Path.Combine(_bench.Folder(30), "adapter_config.json"));
        var found = _bench.Latest(store);
        Assert.True(found!.FromMirror);
        _bench.AssertHolds(found, 30);
        Assert.Contains("checkpoint-30: damaged and therefore not used: adapter_config.json is missing", Assert.Single(_bench.Damages));
    }

    [Fact]
    public void Mirror_RunFolderLost_IsAdoptedAndWrittenOn()
    {
        _bench.Store(mirror: true).Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        Directory.Delete(_bench.Run, recursive: true);
        var store = _bench.Store(mirror: true);
        _bench.AssertHolds(_bench.Latest(store), 10);
        store.Write(20, 0, folder => CheckpointBench.Fill(folder, 20));
        Assert.Empty(_bench.Warnings);
        Assert.Equal([".run-id", "checkpoint-10", "checkpoint-20"], _bench.Names(_bench.Mirror));
    }

    [Fact]
    public void Mirror_OfAnotherRunOfThatName_IsLeftAloneWithAWarning()
    {
        _bench.Store(mirror: true).Write(99, 0, folder => CheckpointBench.Fill(folder, 99));
        Directory.Delete(_bench.Run, recursive: true);
        var store = _bench.Store(mirror: true);
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        Assert.Contains("contains checkpoints of another run", Assert.Single(_bench.Warnings));
        Assert.Equal([".run-id", "checkpoint-99"], _bench.Names(_bench.Mirror));
        _bench.AssertHolds(_bench.Latest(_bench.Store(mirror: true)), 10);
    }

    [Fact]
    public void Mirror_Failing_WarnsAndTheRunGoesOn()
    {
        var store = _bench.Store(
            mirror: true,
            disk: new DurableFileSystem(
                (operation, path) =>
                {
                    if (operation == "copy" && path.StartsWith(_bench.Mirror, StringComparison.Ordinal))
                        throw new IOException("the disk is gone");
                }
            )
        );
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        var warning = Assert.Single(_bench.Warnings);
        Assert.Contains("the disk is gone", warning);
        Assert.Contains("the run continues", warning);
        Assert.Equal([".run-id"], _bench.Names(_bench.Mirror));
        _bench.AssertHolds(_bench.Latest(store), 10);
    }

    [Fact]
    public void Mirror_SourceRottenBeforeTheCopy_DoesNotPassAsACopy()
    {
        var rotted = false;
        var store = _bench.Store(
            mirror: true,
            disk: new DurableFileSystem(
                (operation, path) =>
                {
                    if (rotted || operation != "copy")
                        return;
                    rotted = true;
                    File.WriteAllBytes(Path.Combine(_bench.Folder(10), "adapter_model.safetensors"), new byte[325]);
                }
            )
        );
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        Assert.Contains("adapter_model.safetensors", Assert.Single(_bench.Warnings));
        Assert.Equal([".run-id"], _bench.Names(_bench.Mirror));
    }

    [Fact]
    public void Constructor_ImpossibleSettings_AreRefusedInOneLine()
    {
        Assert.Contains("`keep 0`: at least 1", Assert.Throws<InputException>(() => new CheckpointStore(_bench.Run, 0, null)).Message);
        Assert.Contains(
            "no such folder",
            Assert.Throws<InputException>(() => new CheckpointStore(_bench.Run, 1, _bench.MirrorPlace + "-not-mounted")).Message
        );
        Assert.Contains(
            "choose a folder on another disk",
            Assert.Throws<InputException>(() => new CheckpointStore(_bench.Run, 1, Path.GetDirectoryName(_bench.Run)!)).Message
        );
    }

    [Fact]
    public void Latest_NewerFormat_SaysSo()
    {
        var store = _bench.Store();
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        var manifest = Path.Combine(_bench.Folder(10), "manifest.json");
        File.WriteAllText(
            manifest,
            File.ReadAllText(manifest).Replace("\"format_version\": 1", "\"format_version\": 7", StringComparison.Ordinal)
        );
        Assert.Null(_bench.Latest(store));
        Assert.Contains("format 7, which a newer version of Litre wrote", Assert.Single(_bench.Damages));
    }

    [Fact]
    public void Latest_RenamedFolder_IsNotTaken()
    {
        var store = _bench.Store();
        store.Write(10, 0, folder => CheckpointBench.Fill(folder, 10));
        Directory.Move(_bench.Folder(10), _bench.Folder(99));
        Assert.Null(_bench.Latest(store));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"belongs to step {10}"), Assert.Single(_bench.Damages));
    }
}
