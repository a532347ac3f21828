using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Model.Tests;

public sealed class SequenceStatesTests
{
    [Fact]
    public void Restorable_LayersOfSeveralKinds_IsWhatAllCanGoBackTo()
    {
        // Each keeps what it was at every so many tokens.
        using var states = New([4, 6, 1]);
        for (var t = 0; t < 30; t++)
            states.Add(0);
        Assert.Equal([24, 12, 12, 0, 0], ((int[])[30, 23, 12, 11, 0]).Select(length => states.Restorable(0, length)));
        Assert.Equal(0, states.Restorable(1, 5)); // it has no token
        states.Truncate(0, 24);
        Assert.Equal(24, states.Length(0));
        Assert.All(states.Layers.Cast<Snapshots>(), l => Assert.Equal((0, 24), l.Truncated));
    }

    [Fact]
    public void Truncate_ToWhatALayerCannotGoBackTo_IsRefused()
    {
        using var states = New([4]);
        for (var t = 0; t < 9; t++)
            states.Add(0);
        Assert.Contains("to 7, only to 4", Assert.Throws<InvalidOperationException>(() => states.Truncate(0, 7)).Message);
        Assert.Equal(9, states.Length(0));
    }

    [Fact]
    public void Reserve_SharedBeginning_GivesEachSequenceItsRowsAndTheForwardsTokens()
    {
        using var states = New([1]);
        states.Add(1);
        // A beginning of two tokens, after which the second sequence goes on with one and the first with three.
        using var layout = SequenceLayout.WithPrefixes([2, 1, 3], [-1, 0, 0], Device.Cpu);
        states.Reserve(layout, [1, 1, 0]);
        Assert.Equal([41, 42, 43, 0, 1, 2, 3, 4], states.Update.Rows.ToArray<long>());
        Assert.Equal([0, 1, 2, 0, 1, 3, 4, 5], states.Update.Source!.ToArray<long>());
        Assert.Equal((5, 4), (states.Length(0), states.Length(1)));
        Assert.Equal([3, 4, 5], states.Update.Layout.Used!.ToArray<int>());
    }

    [Fact]
    public void TryOpen_GapsOfClosedSequences_AreUsedAgain()
    {
        using var states = SequenceStates.WithRows([new Mixer(1)], Device.Cpu, 4, 100);
        Assert.Equal([0, 1, 2], ((int[])[40, 30, 30]).Select(c => states.TryOpen(c)!.Value));
        Assert.Equal((100, 0), (states.RowsInUse, states.Start(0)));
        Assert.Null(states.TryOpen(1));
        for (var t = 0; t < 10; t++)
            states.Add(1);
        states.Close(1);
        Assert.Null(states.TryOpen(31));
        Assert.Equal((1, 40, 0), (states.TryOpen(20)!.Value, states.Start(1), states.Length(1)));
        Assert.Equal((3, 60), (states.TryOpen(10)!.Value, states.Start(3)));
        Assert.Null(states.TryOpen(0)); // no number is left
        for (var t = 0; t < 5; t++)
            states.Add(0);
        states.Trim(0);
        states.Close(3);
        Assert.Equal((5, 5), (states.Capacity(0), states.Start(states.TryOpen(35)!.Value)));
        Assert.Contains("space for 5", Assert.Throws<InvalidOperationException>(() => states.Add(0)).Message);
        Assert.Equal((100, 4), (states.Start(states.PaddingSequence!.Value), states.PaddingSequence));
    }

    [Fact]
    public void Copy_FirstTokens_BecomeTheOtherSequences()
    {
        using var states = SequenceStates.WithRows([new Mixer(4)], Device.Cpu, 2, 100);
        states.TryOpen(40);
        states.TryOpen(10);
        for (var t = 0; t < 12; t++)
            states.Add(0);
        Assert.Contains("only to 4", Assert.Throws<InvalidOperationException>(() => states.Copy(0, 1, 6)).Message);
        Assert.Contains("no space for 12", Assert.Throws<InvalidOperationException>(() => states.Copy(0, 1, 12)).Message);
        states.Copy(0, 1, 8);
        Assert.Equal((12, 8), (states.Length(0), states.Length(1)));
        Assert.Equal((0, 1, 8), ((Snapshots)states.Layers[0]).Copied);
    }

    [Fact]
    public void Update_BeforeAnyForward_SaysSo()
    {
        using var states = New([1]);
        Assert.Contains("Reserve", Assert.Throws<InvalidOperationException>(() => states.Update).Message);
    }

    private static SequenceStates New(int[] every) => new(every.Select(e => new Mixer(e)), Device.Cpu, 2, 40);

    private sealed class Snapshots(int every) : ILayerState
    {
        public (int Sequence, int Length)? Truncated { get; private set; }

        public bool IsRecurrent => true;

        public int Restorable(int sequence, int length) => length / every * every;

        public void Truncate(int sequence, int length) => Truncated = (sequence, length);

        public (int From, int To, int Length)? Copied { get; private set; }

        public void Copy(int from, int to, int length) => Copied = (from, to, length);

        public void Move(int rows, IReadOnlyList<int> starts) { }

        public void Dispose() { }
    }

    private sealed class Mixer(int every) : ITokenMixer
    {
        public IEnumerable<Parameter> Parameters => [];

        public IEnumerable<Linear> Linears => [];

        public bool StaysOnDevice => true;

        public ILayerState CreateState(SequenceStates sequences) => new Snapshots(every);

        public (Tensor Y, IDisposable? Saved) Forward(
            Tensor x,
            SequenceLayout layout,
            Rotary rotary,
            Pass pass,
            ILayerState? state = null,
            TokenRows? rows = null
        ) => throw new NotSupportedException();

        public Tensor? Backward(Tensor dY, IDisposable saved, Rotary rotary, bool needInput = true) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
