using Litre.Core.Files;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

public sealed class CheckpointSpaceGuardTests
{
    private const long Free = 100;

    private readonly List<string> _said = [];

    [Fact]
    public void Write_EnoughRoom_WritesAtOnceAndSaysNothing()
    {
        Assert.Equal(7, Room(60).Write("checkpoint-1", 100, () => 7));
        Assert.Empty(_said);
    }

    [Fact]
    public void Write_RoomThatComesLater_WaitsAndGoesOn()
    {
        var asked = 0;
        var room = Room(60, _ => ++asked < 4 ? 99 : 100);
        Assert.Equal(7, room.Write("checkpoint-1", 100, () => 7));
        Assert.Equal(2, _said.Count);
        Assert.Contains("the run waits at most 60 s for space", _said[0]);
        Assert.Contains("the run continues", _said[1]);
    }

    [Fact]
    public void Write_NoRoomInTime_EndsWithWhatToDo()
    {
        var written = false;
        var failure = Assert.Throws<DiskFullException>(() => Room(0).Write("checkpoint-1", 101, () => written = true));
        Assert.Contains("earlier checkpoints are intact", failure.Message);
        Assert.Contains("`resume`", failure.Message);
        Assert.False(written);
    }

    [Fact]
    public void Write_RefusedThoughThereSeemsToBeRoom_IsTriedAgain()
    {
        // A quota, or another program that was faster.
        var tries = 0;
        var result = Room(60).Write("checkpoint-1", 100, () => ++tries == 1 ? throw new DiskFullException("full") : tries);
        Assert.Equal(2, result);
    }

    [Fact]
    public void Write_StoppedWhileItWaits_Ends()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var room = new CheckpointSpaceGuard("/", 600, null, _said.Add, stop.Token, _ => Free);
        Assert.Throws<DiskFullException>(() => room.Write("checkpoint-1", 101, () => 7));
    }

    private CheckpointSpaceGuard Room(double seconds, Func<string, long>? free = null) =>
        new("/", seconds, null, _said.Add, TestContext.Current.CancellationToken, free ?? (_ => Free), TimeSpan.FromMilliseconds(1));
}
