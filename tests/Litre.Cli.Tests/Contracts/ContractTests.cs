using System.Runtime.InteropServices;
using Litre.Cli.Errors;
using Litre.Cli.Tests.Commands;
using Litre.Machine.Governing;
using Shared;

namespace Litre.Cli.Tests.Contracts;

/// <summary>The keys of everything that is printed or written as JSON for other programs: tests/contracts has one file for each.</summary>
public sealed class ContractTests(ContractTests.Run run) : IClassFixture<ContractTests.Run>
{
    /// <summary>A model, data in which everything is wrong that can be counted, and a finished run.</summary>
    public sealed class Run : IDisposable
    {
        public Run()
        {
            Small.AddRows("rows.jsonl", 15);
            var arguments = new[] { "tune", "--model", Small.Model, "--data", Small.Data, "--output", Folder, "--device", "cpu" };
            var tune = LitreProcess.Run([
                .. arguments,
                .. "--micro-batch-tokens 4000 --validation-share 0.3 --max-steps 2 --max-new-tokens 3".Split(' '),
                .. "--min-pixels 1024 --tile 256+16 --feature-disk 0".Split(' '),
            ]);
            Assert.True(tune.ExitCode == ExitCode.Success, tune.Error);
        }

        internal SmallCheckpoint Small { get; } = new("moe");

        internal string Folder => Small.In("run");

        internal string Read(params string[] path) => File.ReadAllText(Path.Combine([Folder, .. path]));

        internal string[] Lines(string name) => File.ReadAllLines(Path.Combine(Folder, name));

        public void Dispose() => Small.Dispose();
    }

    private SmallCheckpoint Small => run.Small;

    [Fact]
    public void Plan_HereElsewhereExplainedAndOfARun_HasItsKeys() =>
        new JsonShape("phases[].parts")
            .Add(Good("plan", "--model", Small.Model, "--data", Small.Data, "--device", "cpu", "--explain", "--json"))
            .Add(Output(ExitCode.CheckFailed, $"plan --model {Config("30B-A3B")} --machine 4090 --samples 4 --image 640x480 --json"))
            .Add(run.Read("plan.json"))
            .AssertIs("plan");

    [Fact]
    public void Doctor_EverythingAndTheEngineAlone_HasItsKeys()
    {
        var doctor = LitreProcess.Run("doctor", "--json");
        new JsonShape().Add(doctor.Output).AssertIs("doctor");
        new JsonShape().Add(Good("doctor", "--libtorch", "--json")).AssertIs("doctor-libtorch");
    }

    [Fact]
    public void Bench_StepsProfileGenerationAndMeta_HaveTheirKeys()
    {
        var model = Repository.Reference("moe", "model", "config.json");
        const string Workload = "--samples 2 --image 64x64 --text-tokens 12 --answer-tokens 3 --json";
        new JsonShape("profile.parts", "generation.profile.parts")
            .Add(Good($"bench {model} --device cpu --dtype float32 --steps 1 --warmup-steps 1 --profile {Workload}".Split(' ')))
            .Add(Good($"bench {model} --device cpu --dtype float32 --steps 0 --generate --profile {Workload}".Split(' ')))
            .Add(Good($"bench {model} --device meta {Workload}".Split(' ')))
            .AssertIs("bench");
        new JsonShape().Add(Good("bench", model, "--write-checkpoint", Small.In("written"), "--json")).AssertIs("bench-write-checkpoint");
    }

    [Fact]
    public void DataCheck_EverythingWrong_HasItsKeys()
    {
        using var work = new SmallCheckpoint();
        work.AddImage("bad", "a.png");
        work.Write(
            """
            {"id": "1", "image": "a.png", "question": "Which?", "answer": "one"}
            {"id": "1", "image": "a.png", "question": "Which?", "answer": "one", "remark": "x"}
            {"id": "3", "image": "a.png", "question": "Which?", "answer": "two"}
            {"id": "4", "image": "gone.png", "question": "Which?", "answer": "two"}
            {"id": "5", "image": "a.png", "question": "Which? <|im_end|>", "answer": "a long answer of several tokens"}
            """,
            "bad",
            "train.jsonl"
        );
        work.Write("""{"id": "9", "image": "a.png", "question": "Which?", "answer": "one"}""", "bad", "test.jsonl");
        new JsonShape("sides")
            .Add(Good("data", "check", work.In("bad"), "--json"))
            .Add(Good("data", "check", work.In("bad"), "--model", work.Model, "--max-tokens", "40", "--json"))
            .AssertIs("data-check");
    }

    [Fact]
    public void DataMake_RowsOfEveryKind_HaveTheirKeys()
    {
        var shape = new JsonShape();
        foreach (var kind in (string[])["drawings", "charts", "lettering"])
        {
            Good($"data make {kind} --count 10 --seed 1 --output {Small.In("made", kind)}".Split(' '));
            foreach (var side in (string[])["train", "validation", "test"])
                shape.AddLines(File.ReadLines(Small.In("made", kind, side + ".jsonl")));
        }
        shape.AssertIs("data-make-rows");
    }

    [Fact]
    public void Eval_WithAndWithoutAdapter_HasItsKeys()
    {
        string[] eval = ["eval", "--model", Small.Model, "--data", Small.Data, "--split", "all", "--limit", "4"];
        string[] rest = ["--max-new-tokens", "2", "--device", "cpu", "--json", "--output", Small.In("eval")];
        new JsonShape("headline_parts")
            .Add(Good([.. eval, .. rest]))
            .Add(Good([.. eval, .. rest, "--adapter", Small.Adapter]))
            .Add(run.Read("evaluation.json"))
            .AssertIs("evaluation");
        new JsonShape("base_scores", "tuned_scores")
            .AddLines(File.ReadLines(Small.In("eval", "answers.jsonl")))
            .AddLines(run.Lines("answers.jsonl"))
            .AssertIs("evaluation-answers");
    }

    [Fact]
    public void Tune_FilesOfARun_HaveTheirKeys()
    {
        new JsonShape().AddLines(run.Lines("metrics.jsonl"), "type").AssertIs("metrics");
        new JsonShape("headline_parts").Add(run.Read("tiles.json")).AssertIs("tiles");
        new JsonShape().Add(run.Read("checkpoint-2", "manifest.json")).AssertIs("checkpoint-manifest");
        new JsonShape().Add(run.Read("checkpoint-2", "trainer_state.json")).AssertIs("trainer-state");
        new JsonShape().Add(run.Read("best", "held_out.json")).AssertIs("held-out");
        new JsonShape().Add(run.Read("best", "litre.json")).AssertIs("adapter-facts");
        new JsonShape("rank_pattern", "alpha_pattern").Add(run.Read("best", "adapter_config.json")).AssertIs("adapter-config");
    }

    [Fact]
    public void Adapter_EntriesAndDifferences_HaveTheirKeys()
    {
        Library("add", Small.Adapter, "--name", "one", "--note", "a note");
        Library("add", run.Folder, "--name", "two");
        string[] ask =
        [
            "--data",
            Small.Data,
            "--split",
            "all",
            "--limit",
            "2",
            "--max-new-tokens",
            "2",
            "--tile",
            "off",
            "--device",
            "cpu",
            "--json",
        ];
        new JsonShape().Add(Library(["diff", "one", "two", .. ask, "--output", Small.In("diff")])).AssertIs("adapter-diff");
        new JsonShape("a_scores", "b_scores")
            .AddLines(File.ReadLines(Small.In("diff", "differences.jsonl")))
            .AssertIs("adapter-differences");
        new JsonShape("comparisons[].result.headline_parts")
            .Add(Library(["merge", "one=0.5", "two", "--name", "both", "--other-base", .. ask]))
            .AssertIs("adapter-merge");
        var shape = new JsonShape("recipe");
        foreach (var name in (string[])["one", "two", "both"])
            shape.Add(Library("show", name, "--json"));
        shape.AssertIs("adapter-entry");
        Assert.Contains("\"both\"", Library("list", "--json"));

        string Library(params string[] arguments)
        {
            var litre = LitreProcess.RunWith(new() { ["LITRE_STATE"] = Small.In("state") }, ["adapter", .. arguments]);
            Assert.True(litre.ExitCode == ExitCode.Success, litre.Error);
            return litre.Output;
        }
    }

    [Fact]
    public void Governor_LogOrderAndAnswer_HaveTheirKeys()
    {
        new JsonShape().AddLines(run.Lines("governor.jsonl")).AssertIs("governor");
        var channel = new GovernorChannel(Small.In("channel"));
        var gpu = new GpuReading(1, 2, 3, 4, 5, 6, true);
        Assert.True(channel.Write(new GovernorOrder(1, OrderKind.Slow, 2, false, 0.5, "hot", new GovernorReading(1, 2, 3, 4, 5, 6, gpu))));
        Assert.True(channel.Write(new TrainerStatus(1, TrainerActivity.Running, 2, DateTimeOffset.UnixEpoch)));
        new JsonShape().Add(File.ReadAllText(channel.OrderPath)).AssertIs("governor-order");
        new JsonShape().Add(File.ReadAllText(channel.StatusPath)).AssertIs("governor-answer");
    }

    [Fact]
    public void Ask_OneQuestion_HasItsKeys() =>
        new JsonShape()
            .Add(Good("ask", "--model", Small.Model, "--image", Small.Image, "--max-new-tokens", "2", "--device", "cpu", "--json", "What?"))
            .AssertIs("ask");

    [Fact]
    public void Batch_GoodAndDamagedImages_HaveTheirKeys()
    {
        Small.AddImage("pictures", "a.png");
        Small.Write("no image", "pictures", "b.png");
        string[] prompt = ["--prompt", "What?", "--output", Small.In("out.jsonl"), "--max-new-tokens", "2", "--device", "cpu"];
        Good(["batch", "--model", Small.Model, "--images", Small.In("pictures"), .. prompt]);
        new JsonShape().AddLines(File.ReadLines(Small.In("out.jsonl"))).AssertIs("batch-answers");
    }

    [Theory]
    [InlineData("merged")]
    [InlineData("peft")]
    public void Export_EitherForm_HasItsKeys(string to) =>
        new JsonShape()
            .Add(
                Good(
                    $"export --model {Small.Model} --adapter {Small.Adapter} --to {to} --output {Small.In(to)} --device cpu --json".Split(
                        ' '
                    )
                )
            )
            .AssertIs("export");

    [Fact]
    public void Init_SmallModel_HasItsKeys() =>
        new JsonShape().Add(Good("init", Small.Model, "--output", Small.In("new"), "--json")).AssertIs("init");

    [Fact]
    public void ModelGet_FromAFolder_HasItsKeys() =>
        new JsonShape()
            .Add(
                Good(
                    "model",
                    "get",
                    "Made/litre-nano",
                    "--from",
                    Path.Combine(Repository.Root, "assets"),
                    "--output",
                    Small.In("got"),
                    "--json"
                )
            )
            .AssertIs("model-get");

    [Fact]
    public void Setup_FromAnIndex_HasItsKeys()
    {
        using var index = new WheelServer();
        var machine = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";
        index.Add("cpu", WheelMaker.Torch("2.11.0+cpu", machine).With("torch/lib/libtorch_cpu.so", FakeLibrary.Libtorch(2, 11)));
        var home = Small.In("home");
        new JsonShape().Add(Setup("--dry-run")).Add(Setup()).AssertIs("setup");

        string Setup(params string[] more)
        {
            Dictionary<string, string?> environment = new() { ["HOME"] = home, ["DOTNET_CLI_HOME"] = home };
            var setup = LitreProcess.RunWith(environment, ["setup", "--index", index.Address, "--cpu", "--json", .. more]);
            Assert.True(setup.ExitCode == ExitCode.Success, setup.Error);
            return setup.Output;
        }
    }

    [Fact]
    public void Verify_ReferenceAndCheckpoint_HaveTheirKeys()
    {
        new JsonShape()
            .Add(Good("verify", "reference", Repository.Reference("moe"), "--device", "cpu", "--json"))
            .AssertIs("verify-reference");
        new JsonShape().Add(Good("verify", "checkpoint", Small.Model, "--device", "cpu", "--json")).AssertIs("verify-checkpoint");
    }

    [Fact]
    public void Privacy_AddressesAndFiles_HaveTheirKeys()
    {
        const string Script = "(exec 3<>/dev/tcp/192.0.2.1/80); (exec 3<>/dev/tcp/192.0.2.1/53); (exec 3<>/dev/tcp/127.0.0.1/80); echo > x";
        var report = Small.In("privacy");
        LitreProcess.RunIn(Small.Folder, "privacy", "run", "--output", report, "--", "bash", "-c", Script);
        new JsonShape().Add(File.ReadAllText(Path.Combine(report, "report.json"))).AssertIs("privacy");
    }

    [Fact]
    public void JsonShape_KeysAddedGoneAndOfAnotherKind_AreNamed()
    {
        Assert.Equal(
            ["a: number|null", "b[]: object", "b[].c?: boolean", "b[].d: string", "m: object", "m.*?: number"],
            new JsonShape("m")
                .Add("""{"a": 1, "b": [{"c": true, "d": ""}, {"d": "x"}], "m": {"one": 1}}""")
                .Add("""{"a": null, "b": [], "m": {"two": 2, "three": 3}}""")
                .Lines.Where(line => !line.StartsWith("b: ", StringComparison.Ordinal))
        );
        var asked = """{"question": 1, "answer": "x", "new_tokens": 1, "seconds": 0.1, "stopped": false, "more": 1}""";
        var message = Assert.Throws<Xunit.Sdk.FailException>(() => new JsonShape().Add(asked).AssertIs("ask")).Message;
        Assert.Contains("CHANGELOG.md", message);
        Assert.Contains("\nquestion is number, and was string\nnew: more: number\ngone: cut", message);
    }

    private static string Config(string size) => Repository.Config($"Qwen3-VL-{size}-Instruct");

    private static string Good(params string[] arguments) => Output(ExitCode.Success, arguments);

    private static string Output(int code, string arguments) => Output(code, arguments.Split(' '));

    private static string Output(int code, string[] arguments)
    {
        var litre = LitreProcess.Run(arguments);
        Assert.True(litre.ExitCode == code, $"litre {string.Join(' ', arguments)}: exit code {litre.ExitCode}; {litre.Error}");
        return litre.Output;
    }
}
