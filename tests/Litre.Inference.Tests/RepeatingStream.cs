using Litre.Torch;

namespace Litre.Inference.Tests;

/// <summary>Stands for a stream where there is no GPU: a recording is the work itself, which is not done before it is launched.</summary>
/// <param name="records">Whether a recording succeeds.</param>
internal sealed class RepeatingStream(bool records = true) : IStepStream
{
    private bool _entered;

    public int Recordings { get; private set; }

    public int Launches { get; private set; }

    /// <summary>Recordings that can still be launched.</summary>
    public int Alive { get; private set; }

    public bool IsDisposed { get; private set; }

    public IDisposable Enter()
    {
        Assert.False(_entered || IsDisposed);
        _entered = true;
        return new Left(this);
    }

    public IStepGraph? Record(Action work)
    {
        Assert.True(_entered);
        Recordings++;
        if (!records)
            return null;
        Alive++;
        return new Repeated(this, work);
    }

    public void Dispose()
    {
        Assert.False(_entered);
        Assert.Equal(0, Alive);
        IsDisposed = true;
    }

    private sealed class Left(RepeatingStream stream) : IDisposable
    {
        public void Dispose() => stream._entered = false;
    }

    private sealed class Repeated(RepeatingStream stream, Action work) : IStepGraph
    {
        private bool _disposed;

        public void Launch()
        {
            Assert.True(stream._entered && !_disposed);
            stream.Launches++;
            work();
        }

        public void Dispose()
        {
            if (!_disposed)
                stream.Alive--;
            _disposed = true;
        }
    }
}
