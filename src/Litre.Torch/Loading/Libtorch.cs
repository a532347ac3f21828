namespace Litre.Torch.Loading;

/// <summary>Loads libtorch, once a process. Thread-safe.</summary>
public static class Libtorch
{
    private static readonly Lock Gate = new();
    private static LibtorchInfo? _loaded;
    private static InputException? _failure;

    /// <summary>
    /// Finds and loads libtorch: <c>LITRE_LIBTORCH</c>, then the machine's CUDA PyTorch where a GPU is there, then a CPU build.
    /// The first answer, good or bad, holds for the life of the process.
    /// </summary>
    /// <exception cref="InputException">No usable libtorch; the message names every place tried.</exception>
    public static LibtorchInfo Load()
    {
        lock (Gate)
        {
            if (_loaded is not null) return _loaded;
            if (_failure is not null) throw new InputException(_failure.Message, _failure);
            try
            {
                return _loaded = LibtorchLoader.Load(Surroundings.Current());
            }
            catch (InputException failure)
            {
                _failure = failure;
                throw;
            }
        }
    }
}
