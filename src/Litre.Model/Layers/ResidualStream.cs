using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Rows of a residual stream whose last addition may still be pending, so that the norm that reads them next can do it in the same
/// kernel.
/// </summary>
/// <param name="X">(P, H)</param>
/// <param name="Delta">(P, H), still to be added to X; null for nothing.</param>
public readonly record struct ResidualStream(Tensor X, Tensor? Delta = null) : IDisposable
{
    /// <summary>The stream without a pending addition. Its parts are freed if there was one.</summary>
    public ResidualStream AddPending()
    {
        if (Delta is null)
            return this;
        var sum = Ops.Add(X, Delta);
        Dispose();
        return new ResidualStream(sum);
    }

    public void Dispose()
    {
        X.Dispose();
        Delta?.Dispose();
    }
}
