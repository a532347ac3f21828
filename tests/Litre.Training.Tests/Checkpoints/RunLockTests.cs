using System.Diagnostics;
using Litre.Core;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tests.Checkpoints;

public sealed class RunLockTests : IDisposable
{
    private readonly CheckpointBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Acquire_WhileHeld_SaysWhoHoldsIt()
    {
        using (RunLock.Acquire(_bench.Run))
        {
            var failure = Assert.Throws<InputException>(() => RunLock.Acquire(_bench.Run));
            Assert.Contains($"process {Environment.ProcessId} on", failure.Message);
            Assert.Contains(_bench.Run, failure.Message);
        }
        RunLock.Acquire(_bench.Run).Dispose();
    }

    [Fact]
    public void Acquire_ManyAtOnce_ExactlyOneGetsIt()
    {
        for (var round = 0; round < 20; round++)
        {
            using var gate = new Barrier(4);
            var held = new RunLock?[4];
            var threads = Enumerable
                .Range(0, held.Length)
                .Select(i => new Thread(() =>
                {
                    gate.SignalAndWait();
                    try
                    {
                        held[i] = RunLock.Acquire(_bench.Run);
                    }
                    catch (InputException)
                    {
                        // the others' part
                    }
                }))
                .ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Single(held, taken => taken is not null);
            foreach (var taken in held)
                taken?.Dispose();
        }
    }

    [Fact]
    public void Acquire_HolderKilled_IsFree()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock is not installed: no other process to hold the lock");
        Directory.CreateDirectory(_bench.Run);
        using var other = Process.Start(new ProcessStartInfo("flock", ["--no-fork", Path.Combine(_bench.Run, ".lock"), "sleep", "60"]))!;
        Assert.True(SpinWait.SpinUntil(() => IsHeld(), TimeSpan.FromSeconds(10)));
        other.Kill();
        other.WaitForExit();
        Assert.False(IsHeld());
    }

    private bool IsHeld()
    {
        try
        {
            RunLock.Acquire(_bench.Run).Dispose();
            return false;
        }
        catch (InputException)
        {
            return true;
        }
    }
}
