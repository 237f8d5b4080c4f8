//! A Dockerfile as far as the rules look at it.
//!
//! The reader is the suite's own because it must never give up: of the parsers on crates.io, `parse-dockerfile`
//! 0.1.9 is the best kept, but it stops at the first line it does not know and takes the body of
//! `RUN cat <<EOF` for instructions; `dockerfile-parser-rs` knows neither lower-case instructions nor
//! HEALTHCHECK; `dockerfile-parser` 0.9.0 no here-documents. Grammar: <https://docs.docker.com/reference/dockerfile/>,
//! and buildkit's `frontend/dockerfile/parser` where that page is silent.

mod expand;
mod layers;
mod lines;
mod read;

pub(super) use expand::{expand, split_words};

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::check) struct Dockerfile {
    /// ARG before the first FROM.
    pub globals: Vec<Setting>,
    pub stages: Vec<Stage>,
    /// What no builder would accept.
    pub problems: Vec<Problem>,
}

/// Something wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Problem {
    pub line: u32,
    pub message: String,
}

/// One FROM and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Stage {
    pub line: u32,
    pub name: Option<String>,
    pub base: Base,
    pub steps: Vec<Step>,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Base {
    /// Nothing.
    Scratch,
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image of somebody else.
    Image(Word),
}

/// A word of an instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::check) struct Word {
    /// As it is in the file.
    pub written: String,
    /// With variables replaced; `None` when one of them has no value that the file or civic.toml gives.
    pub value: Option<String>,
}

/// An instruction and its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Step {
    pub line: u32,
    pub does: Instruction,
}

/// What an instruction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Instruction {
    Arg(Vec<Setting>),
    Env(Vec<Setting>),
    Copy(Copy),
    Run(Run),
    Cmd(Command),
    Entrypoint(Command),
    Health(Command),
    User(Word),
    Expose(Vec<Word>),
    Volume(Vec<Word>),
    Workdir(Word),
    StopSignal(Word),
    Shell(Vec<String>),
    /// LABEL, ONBUILD, MAINTAINER, HEALTHCHECK NONE.
    Other,
}

/// A variable of ARG or ENV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Setting {
    pub line: u32,
    pub name: String,
    /// `None` for an ARG without a default.
    pub value: Option<Word>,
}

/// COPY or ADD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::check) struct Copy {
    /// `--from`: a stage or an image.
    pub from: Option<Word>,
    pub sources: Vec<Word>,
    pub target: Word,
    /// `--parents`: sources keep their folders.
    pub parents: bool,
    /// Bodies of here-documents.
    pub documents: Vec<String>,
}

/// RUN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::check) struct Run {
    /// What is run, with here-documents.
    pub text: String,
    /// `from=` of its mounts: stages or images.
    pub mounts: Vec<Word>,
}

/// What CMD, ENTRYPOINT or HEALTHCHECK starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Command {
    /// The program itself.
    Exec(Vec<String>),
    /// A line for a shell.
    Shell(String),
}

impl Dockerfile {
    /// Reads a Dockerfile; `args` are the values that civic.toml gives to ARG.
    pub fn read(text: &str, args: &std::collections::BTreeMap<String, String>) -> Self {
        read::read(text, args)
    }

    /// Index of a stage by name, or by number as COPY --from has it.
    pub fn stage(&self, name: &str) -> Option<usize> {
        let named = |stage: &Stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        let numbered = || name.parse().ok().filter(|index| *index < self.stages.len());
        self.stages.iter().position(named).or_else(numbered)
    }

    /// Index of the stage that becomes the image.
    pub fn last(&self, target: Option<&str>) -> Option<usize> {
        match target {
            Some(name) => self.stage(name),
            None => self.stages.len().checked_sub(1),
        }
    }

    /// The stages whose layers are in the image, the base first.
    pub fn shipped(&self, target: Option<&str>) -> Vec<&Stage> {
        self.last(target).map(|index| self.line_of_descent(index)).unwrap_or_default()
    }

    /// A stage and what it stands on, the base first. A stage stands only on earlier ones, so this ends.
    fn line_of_descent(&self, index: usize) -> Vec<&Stage> {
        let mut line = Vec::new();
        let mut next = Some(index);
        while let Some(stage) = next.and_then(|index| self.stages.get(index)) {
            line.push(stage);
            next = if let Base::Stage(index) = stage.base { Some(index) } else { None };
        }
        line.reverse();
        line
    }

    /// Every step of the shipped stages, in order.
    pub fn steps(&self, target: Option<&str>) -> Vec<&Step> {
        self.shipped(target).into_iter().flat_map(|stage| &stage.steps).collect()
    }

    /// The image everything else of the shipped image is laid upon.
    pub fn root_image(&self, target: Option<&str>) -> Option<&Word> {
        match &self.shipped(target).first()?.base {
            Base::Image(word) => Some(word),
            Base::Scratch | Base::Stage(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Dockerfile {
        Dockerfile::read(text, &BTreeMap::new())
    }

    #[test]
    fn reads_a_file_with_everything_in_it() {
        let text = r#"# syntax=docker/dockerfile:1
# escape=\

# A comment is no directive.
ARG NODE=24
arg FULL="node:${NODE}-slim"
from --platform=$BUILDPLATFORM ${FULL} as Build
WORKDIR /app
ENV A=1 B="two words" \
    # a comment between
    C=${A}x

ENV LEGACY some words
COPY --chown=1:1 ["a file", "./"]
COPY --from=busybox:1.37 /bin/sh /bin/
RUN --mount=type=bind,from=tools:2,target=/t cat <<EOF > /x && \
    echo done
FROM not-an-instruction
EOF
COPY <<-"END" /etc/motd
	hello
	END
FROM build
Expose 80/tcp $PORT
VOLUME ["/data", "/cache"]
VOLUME /var/a /var/b
USER 1000:0
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1
ENTRYPOINT ["tini", "--"]
CMD node server.js
"#;
        insta::assert_debug_snapshot!(read(text));
    }

    #[test]
    fn says_what_no_builder_accepts() {
        let problems = |text: &str| {
            read(text).problems.into_iter().map(|p| format!("{}: {}", p.line, p.message)).collect::<Vec<_>>()
        };
        insta::assert_snapshot!(
            [
                "RUN echo\nFROM a:1\n",
                "FROM\n",
                "FROM a:1 AS\n",
                "FROM a:1\nRUNN x\n",
                "FROM a:1\nCOPY a\n",
                "FROM a:1\nCOPY <<EOF /x\nnever ends\n",
                "# only a comment\n",
                "FROM a:1\nENV\nUSER\n",
                "FROM a:1\nENV =x\n",
            ]
            .map(|text| problems(text).join("\n"))
            .join("\n--\n")
        );
    }

    #[test]
    fn the_escape_character_may_be_a_backtick() {
        let file = read("# escape=`\nFROM a:1\nENV A=C:\\ `\n  B=2\n");
        let [stage] = &file.stages[..] else { panic!("{file:?}") };
        let Instruction::Env(settings) = &stage.steps[0].does else { panic!("{file:?}") };
        let names: Vec<&str> = settings.iter().map(|setting| setting.name.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
    }

    #[test]
    fn build_arguments_of_the_manifest_win_over_defaults() {
        let args = BTreeMap::from([("NODE".to_owned(), "mirror/node:24".to_owned())]);
        let file = Dockerfile::read("ARG NODE=node\nFROM $NODE\n", &args);
        assert_eq!(file.root_image(None).unwrap().value.as_deref(), Some("mirror/node:24"));
    }

    #[test]
    fn variables_that_double_do_not_fill_the_memory() {
        let text = format!("FROM a:1\nENV A=xxxxxxxx\n{}", "ENV A=$A$A$A$A\n".repeat(1000));
        assert_eq!(read(&text).problems, []);
        let deep = format!("FROM {}\n", "${A:-".repeat(10_000));
        assert_eq!(read(&deep).stages.len(), 1);
    }

    proptest! {
        #[test]
        fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(text) = crate::check::folder::Text::decode(&bytes) {
                read(&text.text);
            }
        }

        #[test]
        fn never_panics_on_what_looks_like_a_dockerfile(
            parts in proptest::collection::vec(prop::sample::select(vec![
                "FROM ", "a:1", " AS b", "\n", "\\\n", "\r\n", "# escape=`\n", "COPY ", "--from=", "RUN ", "<<EOF", "EOF\n",
                "<<-'X Y'", "ENV ", "A=", "\"", "'", "$", "${A", ":-", "}", "\\", "`", "[\"x\"]", "[", "ONBUILD ", "ARG ", " ", "\t",
                "VOLUME ", "EXPOSE ", "USER ", "HEALTHCHECK ", "CMD ", "NONE", "é", "--mount=from=", "#", "0",
            ]), 0..60)
        ) {
            let file = read(&parts.concat());
            for stage in 0..file.stages.len() {
                file.landings(stage, "a/.env");
            }
        }
    }
}
