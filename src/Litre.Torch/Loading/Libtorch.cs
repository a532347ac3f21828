using Litre.Core;
using Litre.Torch.Native;

namespace Litre.Torch.Loading;

/// <summary>Loads libtorch, once per process. Thread-safe.</summary>
public static class Libtorch
{
    private static readonly Lock Gate = new();
    private static LibtorchInfo? _loaded;
    private static InputException? _failure;
    private static IReadOnlyList<LoadAttempt> _attempts = [];

    /// <summary>Every place tried so far, in order, whether or not <see cref="Load"/> succeeded; empty before it ran.</summary>
    public static IReadOnlyList<LoadAttempt> Attempts
    {
        get
        {
            lock (Gate)
                return _attempts;
        }
    }

    /// <summary>
    /// Finds and loads libtorch: <c>LITRE_LIBTORCH</c>, then the machine's CUDA PyTorch if there is a GPU, then a CPU build.
    /// The first result, success or failure, is kept until the process ends.
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
                _loaded = LibtorchLoader.Load(LibtorchEnvironment.Current(), attempts);
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

/// <summary>One place where libtorch was searched for, and the outcome.</summary>
/// <param name="Source">Why the place was considered, for example <c>LITRE_LIBTORCH</c> or <c>NuGet package</c>.</param>
/// <param name="Place">The folder, or a description if there is no folder to name.</param>
/// <param name="Outcome">Why it was chosen or rejected; one line.</param>
/// <param name="Taken">True for the one in use.</param>
public sealed record LoadAttempt(string Source, string Place, string Outcome, bool Taken = false);
