namespace Litre.Cli.Tests.Documents;

/// <summary>
/// The one table of what differs between a document's commands and what the tests run. Commands that it does not list run as they are;
/// those that reach outside of the test (curl, apt-get, sudo ...) or build (dotnet) must be listed. An entry that no command needs fails.
/// </summary>
internal static class Adaptations
{
    /// <summary>Commands by how they begin. {sandbox} is the test's folder, {hub} and {wheels} its servers.</summary>
    public static readonly Adaptation[] Commands =
    [
        new("apt-get install", "it needs root and a network") { Kind = AdaptationKind.NotRun },
        new("build/check-release.sh", "minutes; .ci/run runs it") { Kind = AdaptationKind.NotRun },
        new("build/release.sh", "minutes; .ci/run runs it") { Kind = AdaptationKind.NotRun },
        new("dotnet build tests/", "minutes; the project is evaluated")
        {
            Kind = AdaptationKind.Instead,
            Change = "dotnet msbuild \"$2\" -getProperty:AssemblyName",
        },
        new("dotnet csharpier", ".ci/run checks the layout") { Kind = AdaptationKind.NotRun },
        new("dotnet tests/", "as test.sh built it") { Kind = AdaptationKind.Instead, Change = "dotnet \"{root}/$1\" \"${@:2}\"" },
        new("dotnet tool restore", "it needs a registry; .ci/run runs it") { Kind = AdaptationKind.NotRun },
        new("litre adapter diff", "fewer answers") { Change = "--device cpu --split all --limit 2 --max-new-tokens 2" },
        new("litre adapter merge", "fewer answers") { Change = "--device cpu --split all --limit 2 --max-new-tokens 2" },
        new("litre ask", "fewer tokens") { Change = "--device cpu --max-new-tokens 2" },
        new("litre batch", "fewer tokens") { Change = "--device cpu --max-new-tokens 2" },
        new("litre bench", "sizes of a GPU are counted") { Change = "--device meta" },
        new("litre bench models/", "fewer steps") { Change = "--device cpu --steps 1 --warmup-steps 0" },
        new("litre chat", "a person asks and leaves") { Change = "--device cpu --max-new-tokens 2", Input = "What is drawn?\n/exit\n" },
        new("litre completion zsh", "it is for another shell") { Kind = AdaptationKind.Quiet },
        new("litre data make", "fewer images") { Change = "?--count 10 ?--train 20 ?--test 10" },
        new("litre doctor", "1 is what it reports of an unfit machine") { Change = "?--device cpu", Codes = "0 1" },
        new("litre eval", "fewer answers") { Change = "--device cpu --split all --limit 2 --max-new-tokens 2" },
        // In bfloat16 the noise of the comparison hides what few steps teach.
        new("litre export", "the CPU's type") { Change = "--device cpu --dtype float32" },
        new("litre model list", "seconds of planning for all sizes") { Kind = AdaptationKind.Once },
        new("litre plan --model Qwen3-VL-30B-A3B-Instruct", "seconds of planning") { Kind = AdaptationKind.Once },
        new("litre privacy", "fewer steps") { Change = "--device cpu --only check" },
        new("litre privacy run", "its last words are another command"),
        new("litre serve", "it runs until it is stopped; tests/Litre.Server.Tests runs it") { Kind = AdaptationKind.NotRun },
        new("litre setup", "an index of small wheels")
        {
            Change = "--index {wheels} --cpu HOME={sandbox}/setup DOTNET_CLI_HOME={sandbox}/setup",
        },
        new("litre tune", "fewer steps and answers") { Change = "--device cpu --epochs 1 --eval-limit 2 --max-new-tokens 2" },
        new("litre tune --recipe", "fewer steps and answers; two steps prove nothing")
        {
            Change = "--device cpu --max-steps 2 --eval-limit 2 --max-new-tokens 2 !--require-better",
        },
        new("litre tune --resume", "the CPU") { Change = "--device cpu" },
        new("litre verify reference", "the CPU") { Change = "--device cpu" },
        new("litre watch", "it ends by itself") { Change = "--once" },
        new("sha256sum -c", "build/check-release.sh checks the archives") { Kind = AdaptationKind.NotRun },
        new("tar -xf litre-core-", "a clone stands for the archive")
        {
            Kind = AdaptationKind.Instead,
            Change = "git clone -q {repository} litre-0.1.0-linux-x64",
        },
        new("tar -xf litre-libtorch-cpu-", "a libtorch is found here") { Kind = AdaptationKind.NotRun },
        new("test.sh", "it runs these tests") { Kind = AdaptationKind.NotRun },
    ];

    /// <summary>Texts of commands that stand for something of the user's, or are addresses, and what they are in the tests.</summary>
    public static readonly (string Shown, string Used)[] Texts =
    [
        ("<repository URL>", "{repository}"),
        ("https://hf-mirror.com", "{hub}"),
        ("/mnt/share/", "{sandbox}/share/"),
        // Of the distribution's libraries, only where they are linked to is made; libtorch is found as everywhere in the tests.
        ("export LITRE_LIBTORCH=/opt/libtorch", "export LITRE_LIBTORCH="),
        ("/opt/libtorch", "{sandbox}/opt/libtorch"),
        ("/usr/lib/aarch64-linux-gnu/", "{sandbox}/lib/"),
    ];

    /// <summary>Commands that are not run, each with its reason.</summary>
    public static IEnumerable<Adaptation> NotRun => Commands.Where(entry => entry.Kind == AdaptationKind.NotRun);
}
