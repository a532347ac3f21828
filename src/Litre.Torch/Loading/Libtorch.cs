using Litre.Core;
using Litre.Torch.Native;

namespace Litre.Torch.Loading;

/// <summary>Loads libtorch, once a process. Thread-safe.</summary>
public static class Libtorch
{
    private static readonly Lock Gate = new();
    private static LibtorchInfo? _loaded;
    private static InputException? _failure;
    private static IReadOnlyList<LoadAttempt> _attempts = [];

    /// <summary>Every place tried so far, in order, whether <see cref="Load"/> succeeded or not; empty before it ran.</summary>
    public static IReadOnlyList<LoadAttempt> Attempts
    {
        get
        {
            lock (Gate)
                return _attempts;
        }
    }

    /// <summary>
    /// Finds and loads libtorch: <c>LITRE_LIBTORCH</c>, then the machine's CUDA PyTorch where a GPU is there, then a CPU build.
    /// The first answer, good or bad, holds for the life of the process.
    /// </summary>
    /// <exception cref="InputException">No usable libtorch; the message names every place tried.</exception>
    public static LibtorchInfo Load()
    {
        lock (Gate)
        {
            if (_loaded is not null)
                return _loaded;
            if (_failure is not null)
                throw new InputException(_failure.Message, _failure);
            var attempts = new List<LoadAttempt>();
            _attempts = attempts.AsReadOnly();
            try
            {
                _loaded = LibtorchLoader.Load(Surroundings.Current(), attempts);
                LoadedLibrary.Cuda = _loaded.HasCuda ? _loaded.CudaHandle : 0;
                return _loaded;
            }
            catch (InputException failure)
            {
                _failure = failure;
                throw;
            }
        }
    }
}
