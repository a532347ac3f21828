namespace Litre.Torch;

/// <summary>Work that was recorded once and can be done again with one call. Not thread-safe.</summary>
public interface IStepGraph : IDisposable
{
    /// <summary>Does all of it once more, in its stream's order, on the same memory.</summary>
    /// <exception cref="TorchException">It does not start.</exception>
    void Launch();
}
