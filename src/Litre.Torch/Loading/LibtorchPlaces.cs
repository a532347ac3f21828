namespace Litre.Torch.Loading;

/// <summary>The libtorch that a command would load, judged by files alone: nothing is loaded and no other program is started.</summary>
public static class LibtorchPlaces
{
    /// <summary>The first build in the order of the search; null if there is none.</summary>
    /// <param name="hasGpu">Whether a GPU is there, so that builds with CUDA come first.</param>
    public static LibtorchBuild? FindFirst(bool hasGpu)
    {
        var environment = LibtorchEnvironment.Current(hasGpu ? 1 : 0);
        environment = environment with { AskPython = () => (PythonPackages.FindInPath(environment.Variable("PATH")), "not asked") };
        foreach (var candidate in LibtorchSearch.Candidates(environment))
        {
            var build = candidate.Place is null ? null : LibtorchBuild.In(candidate.Place);
            var useCuda = build is { HasCudaLibrary: true } && !candidate.OnCpu && hasGpu;
            if (LibtorchLoader.GetRejectionReason(candidate, build, useCuda) is null)
                return build;
        }
        return null;
    }
}
