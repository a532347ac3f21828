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
    public void Reserve_FewerPromptsThanSequences_IsRefused()
    {
        using var states = New([1]);
        using var layout = new SequenceLayout([3], Device.Cpu);
        Assert.Contains("of 2 sequences, 1 have no prompt", Assert.Throws<ArgumentException>(() => states.Reserve(layout, [1])).Message);
        Assert.Equal((0, 0), (states.Length(0), states.Length(1)));
    }

    [Fact]
    public void Reserve_SharedBeginning_GivesEachSequenceItsRowsAndTheForwardsTokens()
    {
        using var states = New([1]);
        states.Add(1);
        // A beginning of two tokens, after which the second sequence goes on with one and the first with three.
        using var layout = SequenceLayout.WithPrefixes([2, 1, 3], [-1, 0, 0], Device.Cpu);
        states.Reserve(layout, [1, 1, 0]);
        Assert.Equal([0, 1, 2, 3, 4, 41, 42, 43], states.Update.Rows.ToArray<long>());
        Assert.Equal([0, 1, 3, 4, 5, 0, 1, 2], states.Update.Source!.ToArray<long>());
        Assert.Equal((5, 4), (states.Length(0), states.Length(1)));
        Assert.Equal([3, 4, 5], states.Update.Layout.Used!.ToArray<int>());
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

        public void Grow(int capacity) { }

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
